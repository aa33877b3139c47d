import type { Connection } from '../file/connection.ts'
import { freeName } from './free-name.ts'
import { utcOf } from './schema.ts'

/*
 * Steps, one at each path of a stay. Those of a stay that has ended stay in the table until the keeper finds them.
 */
const createTable = `
  create table pw_steps (
    step integer primary key autoincrement,
    token integer not null,
    hop integer not null,
    path text not null,
    kind text not null,
    name text not null,
    hash integer,
    deploy integer not null,
    value text check (json_valid(value)),
    failure text,
    at integer not null,
    unique (token, hop, path)
  ) strict;
  create index pw_steps_stay on pw_steps (token, hop);`

const view = `create view steps as
select t.workflow, t.id, s.hop, s.path, s.kind, s.name, s.deploy, s.value, s.failure,
  ${utcOf('s.at')} as time, s.at as time_ms
from pw_steps s join pw_tokens t on t.token = s.token
where t.queue is not null and s.hop = t.hop`

/** Makes the table of steps and its view, in the transaction that is open. */
export function createSteps(db: Connection): void {
  db.exec(createTable)
  freeName(db, 'steps')
  db.exec(view)
}
