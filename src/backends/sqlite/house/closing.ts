import type { Standing } from '../../../move/house.ts'
import { closedBy, type HouseCells, standingFrom } from '../../../move/house-cells.ts'
import { sayFilling } from '../../../move/say.ts'
import { BackendError } from '../../../queue/errors.ts'
import type { Connection } from '../file/open-database.mjs'

/*
 * How a file stands to moves is in `pw_house`, which only a file that has to do with one has. A source is closed by triggers on all of
 * its tables: they hold for every process that has the file open, also one of an older version, and for other programs. The
 * message of a trigger has to be a literal.
 */

export const createHouse = `
  create table if not exists pw_house (
    one integer primary key default 1 check (one = 1),
    state text not null,
    move text not null,
    partner text not null,
    sentence text not null,
    shift_ms integer,
    at integer not null
  ) strict;
  create table if not exists pw_house_pages (
    name text not null,
    before integer not null,
    up_to text not null,
    rows integer not null,
    hash text not null,
    primary key (name, before)
  ) strict, without rowid;
  create table if not exists pw_house_tables (
    name text primary key,
    copied integer not null default 0,
    after text,
    is_copied integer not null default 0,
    hash text
  ) strict, without rowid;`

/** What the file says of moves; undefined if it has to do with none. */
function houseOf(db: Connection): HouseCells | undefined {
  const isThere = db.prepare("select 1 from sqlite_schema where type = 'table' and name = 'pw_house'").get()
  if (isThere === undefined) return undefined
  return db.prepare<[], HouseCells>('select state, move, partner, sentence from pw_house').get()
}

/** How a file that has our tables stands to moves. */
export function standingOf(db: Connection): Standing {
  return standingFrom(houseOf(db))
}

/** Throws a `BackendError` with the reason if nothing may be written to the file any more. */
export function refuseClosed(db: Connection): void {
  const sentence = closedBy(houseOf(db))
  if (sentence !== undefined) throw new BackendError(sentence)
}

/** The error for a file that is being filled; undefined if it is not. */
export function asFilling(db: Connection): BackendError | undefined {
  const house = houseOf(db)
  return house?.state === 'filling' ? new BackendError(sayFilling(db.name, house.partner)) : undefined
}

const events = ['insert', 'update', 'delete']
const ours = `type = 'table' and (name in (select name from pw_inboxes) or
  name glob 'pw_*' and name not glob 'pw_house*' and name not glob 'pw_text_*' and name not in ('pw_text', 'pw_clock'))`

/** Lets every write say `sentence`, in the transaction that is open. */
export function closeTables(db: Connection, sentence: string): void {
  openTables(db)
  const tables = db.prepare<[], string>(`select name from sqlite_schema where ${ours}`).pluck().all()
  const message = `'${sentence.replaceAll("'", "''").replaceAll('\0', '')}'`
  for (const table of tables)
    for (const event of events)
      db.exec(
        `create trigger pw_closed_${table}_${event} before ${event} on "${table}" begin select raise(abort, ${message}); end`,
      )
}

/** Takes that back, in the transaction that is open. */
export function openTables(db: Connection): void {
  const triggers = db
    .prepare<[], string>("select name from sqlite_schema where type = 'trigger' and name glob 'pw_closed_*'")
    .pluck()
    .all()
  for (const name of triggers) db.exec(`drop trigger "${name}"`)
}
