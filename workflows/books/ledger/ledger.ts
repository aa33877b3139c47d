import type { ListRow } from '../grin/columns.ts'
import { type LedgerFile, openLedgerFile } from './ledger-file.ts'
import { type ListedState, type Refreshed, refreshBooks, refreshState } from './refresh.ts'

/** A book of the ledger, as it is exported. */
interface LedgerRow {
  readonly barcode: string
  readonly state: string
  readonly scanned: string | null
  readonly converted: string | null
  readonly failure: string | null
  readonly etag: string | null
  readonly stored: string | null
  readonly title: string | null
  readonly looked: string | null
  readonly wanted: string | null
}

/** A book for which a token is to be made. */
interface NextBook {
  readonly barcode: string
  /** Whether storage has a version of it that is older than the one which GRIN has now. */
  readonly isStored: boolean
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
   * The next `most` books for which no token was made yet, or none since GRIN has converted them anew: those first that are converted, then those
   * that are being, then those that have to be; not those that failed or are gone.
   */
  readonly next: (most: number) => readonly NextBook[]
  /** Remembers that tokens were made for these. */
  readonly want: (barcodes: readonly string[]) => void
  /** Remembers that GRIN was asked about a book. */
  readonly look: (barcode: string) => void
  /** When the list of all books was taken in last, as an ISO time; undefined before the first time. */
  readonly refreshedAt: () => string | undefined
  /** Remembers that a book was stored, in the version that GRIN calls `etag`. */
  readonly store: (barcode: string, stored: { readonly etag: string; readonly title: string | null }) => void
  /** How many books are in each state. */
  readonly count: () => Readonly<Record<string, number>>
  /** All of them, in the order of their barcodes. */
  readonly rows: () => IterableIterator<LedgerRow>
  readonly close: () => void
}

/** Opens the ledger at `path`, or makes it; `now` tells the time in milliseconds since 1970. Throws a sentence if the file cannot be opened, or is no ledger. */
export function openLedger(path: string, now: () => number = Date.now): Ledger {
  const file = openLedgerFile(path)
  const time = () => new Date(now()).toISOString()
  const wanting = file.prepare('update books set wanted = ? where barcode = ?')
  const looking = file.prepare('update books set looked = ? where barcode = ?')
  const storing = file.prepare(
    `insert into books (barcode, state, etag, title, stored, wanted)
       values (@barcode, 'converted', @etag, @title, @time, @time)
       on conflict (barcode) do update
         set etag = @etag, title = coalesce(@title, title), stored = @time,
           -- Converted anew while a token was under way for the version before: that one is still to come.
           wanted = iif(stored is null, coalesce(wanted, @time), wanted)`,
  )
  const refreshed = file.prepare<[], string>("select max(at) from refreshes where list = 'all_books'").pluck()
  return {
    refreshBooks: (rows) => refreshBooks(file, rows, now()),
    refreshState: (state, rows) => refreshState(file, state, rows),
    next: (most) => nextOf(file, most),
    want: (barcodes) => {
      file.transaction(() => {
        for (const barcode of barcodes) wanting.run(time(), barcode)
      })()
    },
    look: (barcode) => void looking.run(time(), barcode),
    refreshedAt: () => refreshed.get() ?? undefined,
    store: (barcode, { etag, title }) => void storing.run({ barcode, etag, title, time: time() }),
    count: () => {
      const counted = file.prepare<[], [string, number]>('select state, count(*) from books group by state')
      return Object.fromEntries(counted.raw().all())
    },
    rows: () =>
      file
        .prepare<[], LedgerRow>(
          'select barcode, state, scanned, converted, failure, etag, stored, title, looked, wanted from books order by barcode',
        )
        .iterate(),
    close: () => void file.close(),
  }
}

function nextOf(file: LedgerFile, most: number): readonly NextBook[] {
  const find = file.prepare<[string, number], { barcode: string; stored: number }>(
    `select barcode, stored is not null as stored from books
       where wanted is null and state = ? order by barcode limit ?`,
  )
  const found: NextBook[] = []
  for (const state of ['converted', 'in process', 'new'])
    for (const { barcode, stored } of find.all(state, most - found.length))
      found.push({ barcode, isStored: stored === 1 })
  return found
}
