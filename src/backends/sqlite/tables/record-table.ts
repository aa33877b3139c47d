import type { Connection } from '../file/connection.ts'
import { freeName } from './free-name.ts'
import { utcOf } from './schema.ts'

/*
 * Records. `rev` numbers every change of any of them, and is never given again; `token` and `hop` are 0 for what the scope does not
 * name. A record of a stay that has ended stays in the table until the keeper finds it.
 */
const createTable = `
  create table pw_records (
    rev integer primary key autoincrement,
    workflow text not null,
    token integer not null default 0,
    hop integer not null default 0,
    key text not null,
    value text check (json_valid(value)),
    until integer,
    unique (workflow, token, hop, key)
  ) strict;
  create index pw_records_until on pw_records (until) where until is not null;
  create index pw_records_stay on pw_records (token, hop) where hop > 0;`

const view = `create view records as
select r.workflow, t.id, nullif(r.hop, 0) as hop, r.key, r.value, r.rev,
  ${utcOf('r.until')} as ends, r.until as ends_ms
from pw_records r left join pw_tokens t on t.token = r.token
where (r.until is null or r.until > cast((julianday('now') - 2440587.5) * 86400000 as integer))
  and (r.hop = 0 or (t.queue is not null and t.hop = r.hop))`

/** Makes the table of records and its view, in the transaction that is open. */
export function createRecords(db: Connection): void {
  db.exec(createTable)
  freeName(db, 'records')
  db.exec(view)
}
