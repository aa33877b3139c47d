import type { ListRow } from '../grin/columns.ts'
import { type LedgerFile, openLedgerFile } from './ledger-file.ts'
import { type ListedState, type Refreshed, refreshBooks, refreshState } from './refresh.ts'

/** A book of the ledger, as it is exported. */
export interface LedgerRow {
  readonly barcode: string
  readonly state: string
  readonly scanned: string | null
  readonly converted: string | null
  readonly failure: string | null
  readonly etag: string | null
  readonly stored: string | null
  readonly title: string | null
  readonly wanted: string | null
}

/**
 * All books of a library: what GRIN says of each, and what storage has. A SQLite file of its own, which can be asked with SQL while it is
 * in use; what is in it can be had again from GRIN and from the export.
 */
export interface Ledger {
  /** Takes in the list of all books, as it comes. */
  readonly refreshBooks: (rows: AsyncIterable<ListRow<'all_books'>>) => Promise<Refreshed>
  /** Takes in the list of those in process, or of those that failed. */
  readonly refreshState: (
    state: ListedState,
    rows: AsyncIterable<{ readonly barcode: string; readonly failure?: string | undefined }>,
  ) => Promise<void>
  /**
   * The next `most` books for which no token was made yet: those first that are converted, then those that have to be; not those that failed, are
   * gone, or are stored.
   */
  readonly next: (most: number) => readonly string[]
  /** Remembers that tokens were made for these. */
  readonly want: (barcodes: readonly string[]) => void
  /** Remembers that a book was stored. */
  readonly store: (barcode: string, stored: { readonly etag: string; readonly title: string | null }) => void
  /** How many books are in each state. */
  readonly count: () => Readonly<Record<string, number>>
  /** All of them, in the order of their barcodes. */
  readonly rows: () => IterableIterator<LedgerRow>
  readonly close: () => void
}

/** Opens the ledger at `path`, or makes it; `now` tells the time in milliseconds since 1970. Throws what SQLite throws. */
export function openLedger(path: string, now: () => number = Date.now): Ledger {
  const file = openLedgerFile(path)
  const time = () => new Date(now()).toISOString()
  const wanting = file.prepare('update books set wanted = ? where barcode = ?')
  const storing = file.prepare(
    `insert into books (barcode, state, etag, title, stored) values (@barcode, 'converted', @etag, @title, @time)
       on conflict (barcode) do update set etag = @etag, title = @title, stored = @time`,
  )
  return {
    refreshBooks: (rows) => refreshBooks(file, rows, now()),
    refreshState: (state, rows) => refreshState(file, state, rows),
    next: (most) => nextOf(file, most),
    want: (barcodes) => {
      file.transaction(() => {
        for (const barcode of barcodes) wanting.run(time(), barcode)
      })()
    },
    store: (barcode, { etag, title }) => void storing.run({ barcode, etag, title, time: time() }),
    count: () => {
      const counted = file.prepare<[], [string, number]>('select state, count(*) from books group by state')
      return Object.fromEntries(counted.raw().all())
    },
    rows: () =>
      file
        .prepare<[], LedgerRow>(
          'select barcode, state, scanned, converted, failure, etag, stored, title, wanted from books order by barcode',
        )
        .iterate(),
    close: () => void file.close(),
  }
}

function nextOf(file: LedgerFile, most: number): readonly string[] {
  const find = file
    .prepare<[string, number], string>(
      'select barcode from books where wanted is null and state = ? and stored is null order by barcode limit ?',
    )
    .pluck()
  const converted = find.all('converted', most)
  const asked = find.all('in process', most - converted.length)
  return [...converted, ...asked, ...find.all('new', most - converted.length - asked.length)]
}
