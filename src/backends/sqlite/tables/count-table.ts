import type { Connection } from '../file/connection.ts'
import { inLineOf } from './schema.ts'

/*
 * How many messages are in each queue, as their rows are stored, and how many have ever come and left. Every transaction
 * changes this by the sums of its changes (commit/counts.ts), so it costs a statement a turn, and a look costs by queues. A row
 * that is edited by hand passes it by: the keeper recounts, a queue at a time, and adds what is missing; `checks` counts how
 * often it has done so, that no two processes add the same.
 */
const createTable = `
  create table pw_counts (
    queue integer primary key,
    ready integer not null default 0,
    leased integer not null default 0,
    delayed integer not null default 0,
    dead integer not null default 0,
    waiting integer not null default 0,
    entered integer not null default 0,
    left integer not null default 0,
    checks integer not null default 0
  ) strict;`

const countOf = (status: string) =>
  `(select count(*) from pw_tokens where ${inLineOf('q.ref')} and status = '${status}')`

const fill = `
  insert into pw_counts (queue, ready, delayed, dead, waiting, leased)
    select q.ref, ${countOf('ready')}, ${countOf('delayed')}, ${countOf('dead')}, ${countOf('waiting')}, coalesce(l.n, 0) from pw_queues q
    left join (select queue, count(*) as n from pw_tokens where status = 'leased' group by queue) l on l.queue = q.ref;
  update pw_counts set entered = ready + leased + delayed + dead + waiting;`

/** Makes the table of counts, and counts what is there, in the transaction that is open. */
export function createCounts(db: Connection): void {
  db.exec(createTable)
  db.exec(fill)
}
