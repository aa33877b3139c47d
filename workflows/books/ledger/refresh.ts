import { setImmediate } from 'node:timers/promises'
import { Defect } from '../defect.ts'
import type { ListRow } from '../grin/columns.ts'
import { readDate } from '../grin/read-date.ts'
import type { LedgerFile } from './ledger-file.ts'

/*
 * A list is taken in as it comes, some rows a transaction, and only rows that have changed are written. What of the ledger is in the list no
 * more is known when all of it has been seen; a refresh that ends before changes nothing about that, and the next begins anew.
 */

/** What a refresh has found. */
export interface Refreshed {
  /** How many books the list has. */
  readonly books: number
  /** How many of them are new, or have changed. */
  readonly changed: number
  /** How many that were known are in it no more. */
  readonly gone: number
}

/** While so many rows are written, nothing else happens in this process. */
const rowsAtOnce = 500

const upsert = `
  insert into books (barcode, scanned, processed, analyzed, converted, ocrd, state)
  values (@barcode, @scanned, @processed, @analyzed, @converted, @ocrd, iif(@converted is null, 'new', 'converted'))
  on conflict (barcode) do update
    set scanned = excluded.scanned, processed = excluded.processed, analyzed = excluded.analyzed,
      converted = excluded.converted, ocrd = excluded.ocrd,
      state = iif(excluded.state = 'new' and state in ('in process', 'failed'), state, excluded.state),
      wanted = iif(stored is not null and excluded.converted > converted, null, wanted)
    where scanned is not excluded.scanned or processed is not excluded.processed
      or analyzed is not excluded.analyzed or converted is not excluded.converted
      or ocrd is not excluded.ocrd or state = 'gone'`

/** Takes in the list of all books. Rejects with what `rows` rejects with; what had come by then stays. */
export async function refreshBooks(
  file: LedgerFile,
  rows: AsyncIterable<ListRow<'all_books'>>,
  now: number,
): Promise<Refreshed> {
  file.exec(
    'create temp table if not exists seen (barcode text primary key) strict, without rowid; delete from seen',
  )
  const put = file.prepare(upsert)
  const see = file.prepare('insert or ignore into seen values (?)')
  let [books, changed] = [0, 0]
  for await (const some of batches(rows, rowsAtOnce)) {
    file.transaction(() => {
      for (const { barcode, fields } of some) {
        books += see.run(barcode).changes
        changed += put.run({ barcode, ...datesOf(fields) }).changes
      }
    })()
    await setImmediate()
  }
  if (books === 0) refuseEmpty(file)
  const gone = markGone(file)
  file.exec('delete from seen')
  file
    .prepare('insert into refreshes values (?, ?, ?, ?)')
    .run(new Date(now).toISOString(), 'all_books', books, changed + gone)
  return { books, changed, gone }
}

function refuseEmpty(file: LedgerFile): void {
  const known = file.prepare<[], number>("select count(*) from books where state <> 'gone'").pluck().get()
  if (known)
    throw new Defect(
      'UnknownAnswer',
      `GRIN has listed no book at all, where the ledger knows ${known}; nothing was taken from that.`,
    )
}

function markGone(file: LedgerFile): number {
  return file
    .prepare(
      "update books set state = 'gone' where state <> 'gone' and barcode not in (select barcode from seen)",
    )
    .run().changes
}

/** The states that a list of their own tells. */
export type ListedState = 'in process' | 'failed'

/** Takes in a list of books in `state`; those that were in it, and are no more, are as they were before. */
export async function refreshState(
  file: LedgerFile,
  state: ListedState,
  rows: AsyncIterable<{ readonly barcode: string; readonly failure?: string | undefined }>,
): Promise<void> {
  file.exec(
    'create temp table if not exists listed (barcode text primary key, failure text) strict, without rowid; delete from listed',
  )
  const list = file.prepare('insert or replace into listed values (?, ?)')
  for await (const some of batches(rows, rowsAtOnce)) {
    file.transaction(() => {
      for (const { barcode, failure } of some) list.run(barcode, failure ?? null)
    })()
    await setImmediate()
  }
  file.transaction(() => {
    file
      .prepare(
        `update books set state = iif(converted is null, 'new', 'converted'), failure = null
           where state = ? and barcode not in (select barcode from listed)`,
      )
      .run(state)
    file
      .prepare(
        `update books set state = ?, failure = l.failure from listed l
           where books.barcode = l.barcode and (books.state <> ? or books.failure is not l.failure)`,
      )
      .run(state, state)
  })()
  file.exec('delete from listed')
}

function datesOf(fields: ListRow<'all_books'>['fields']) {
  const { scanned, processed, analyzed, converted, ocrd } = fields
  const date = (text: string) => readDate(text) ?? null
  return {
    scanned: date(scanned),
    processed: date(processed),
    analyzed: date(analyzed),
    converted: date(converted),
    ocrd: date(ocrd),
  }
}

async function* batches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let some: T[] = []
  for await (const item of items) {
    some.push(item)
    if (some.length < size) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}
