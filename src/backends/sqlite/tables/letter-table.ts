import type { Connection } from '../file/connection.ts'
import { freeName } from './free-name.ts'
import { utcOf } from './schema.ts'

/*
 * Letters. `hop` is 0 for those that hop with their token, else the stay to which they belong. One that is read is deleted, unless
 * it has a key: then its row stays, without a value, so that the key is known until the stay, or the token, ends. What belongs
 * to something that has ended stays in the table until the keeper finds it. A reply that is not sent yet is in the row of
 * its token: `pw_owing` has these by their parents.
 */
const createTable = `
  create table pw_letters (
    seq integer primary key autoincrement,
    token integer not null,
    hop integer not null default 0,
    name text not null,
    key text,
    value text check (json_valid(value)),
    failure text,
    sender text,
    at integer not null,
    read integer not null default 0,
    unique (token, hop, name, key)
  ) strict;
  create index pw_letters_box on pw_letters (token) where read = 0;
  create index pw_owing on pw_tokens (parent) where reply is not null;`

const view = `create view letters as
select t.workflow, t.id, l.seq, nullif(l.hop, 0) as hop, l.name, l.key, l.value, l.failure, l.sender,
  ${utcOf('l.at')} as time, l.at as time_ms
from pw_letters l join pw_tokens t on t.token = l.token
where l.read = 0 and t.queue is not null and l.hop in (0, t.hop)`

/** Makes the table of letters and its view, in the transaction that is open. */
export function createLetters(db: Connection): void {
  db.exec(createTable)
  freeName(db, 'letters')
  db.exec(view)
}
