import type { Connection } from '../file/connection.ts'
import { addEvents } from '../file/history-events.ts'
import { renewViews } from './views.ts'

/*
 * The values of stays that are remembered, beside the row of the token, which has the present one. They are in the order of
 * their tokens and without a rowid, so that one costs one insert. What prunes them goes through the history, which has a line
 * of each stay that has ended.
 *
 * `pw_people` has the few lines of the history that say who did something, in their order; a hop has no entry in it.
 */
const createTable = `
  create table pw_values (
    token integer not null,
    hop integer not null,
    value text,
    frames text,
    primary key (token, hop)
  ) strict, without rowid;
  create index pw_people on pw_history (line, actor) where actor is not null;
  alter table pw_queues add column keeps text not null default 'turns' check (keeps in ('none', 'turns', 'all'));`

/** Makes the table of values, the index of what people do, and the events of both, in the transaction that is open. */
export function createValues(db: Connection): void {
  db.exec(createTable)
  db.exec(addEvents)
  // Lines that are about no queue are in it too.
  renewViews(db)
}
