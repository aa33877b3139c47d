import { Defect } from '../defect.ts'
import { type Begun, begin, look, type Offered } from './archive.ts'
import { type Ask, asker, type GrinPlace } from './ask.ts'
import type { Asking } from './asking.ts'
import { drop } from './body.ts'
import type { ListName, ListRow } from './columns.ts'
import { failedBooks } from './failed-books.ts'
import { barcodesOf, type Listing, rowsOf } from './lists.ts'
import { type PageRow, pagedRowsOf } from './pages.ts'
import { type Requested, requestConversion } from './request-conversion.ts'
import { type FoundBook, search } from './search.ts'

/**
 * Google's Return Interface, which gives a library the scans of its books. No page of Google describes it: this is what its public clients
 * show. Every request waits for the gate first; what has failed for a while is a `GrinClosed`, what has failed for one book a `Defect`.
 */
export interface Grin {
  /** The rows of a list, as they come. */
  readonly rows: <Name extends ListName>(name: Name, listing: Listing) => AsyncIterable<ListRow<Name>>
  /** The barcodes of a list alone. */
  readonly barcodes: (name: ListName, listing: Listing) => AsyncIterable<string>
  /** The rows of a list with all the columns of its pages. */
  readonly pagedRows: (name: ListName, asking: Asking) => AsyncIterable<PageRow>
  /** What GRIN says of these books. */
  readonly search: (barcodes: Iterable<string>, asking: Asking) => AsyncIterable<FoundBook>
  /** Asks for a conversion. Rejects with `QueueFull`. */
  readonly request: (barcode: string, asking: Asking) => Promise<Requested>
  /** Why GRIN could not convert a book, as a `ConversionFailed`, if that was known within the hour. */
  readonly failure: (barcode: string, asking: Asking) => Promise<Defect | undefined>
  /** Whether GRIN answers at all. */
  readonly answers: (asking: Asking) => Promise<boolean>
  /** The version of a book's archive that can be had, if any. */
  readonly look: (barcode: string, asking: Asking) => Promise<Offered | undefined>
  /** Begins to download it, or goes on with it. */
  readonly begin: (
    barcode: string,
    asking: Asking & { readonly had?: { readonly etag: string; readonly bytes: number } },
  ) => Promise<Begun | undefined>
}

/** GRIN at that place; `now` tells the time in milliseconds since 1970. */
export function openGrin(place: GrinPlace, now = Date.now): Grin {
  const ask = asker(place)
  return {
    rows: (name, listing) => rowsOf(ask, name, listing),
    barcodes: (name, listing) => barcodesOf(ask, name, listing),
    pagedRows: (name, asking) => pagedRowsOf(ask, name, asking),
    search: (barcodes, asking) => search(ask, barcodes, asking),
    request: (barcode, asking) => requestConversion(ask, barcode, asking),
    failure: failedBooks(ask, now),
    answers: (asking) => answers(ask, asking),
    look: (barcode, asking) => look(ask, barcode, asking),
    begin: (barcode, asking) => begin(ask, barcode, asking),
  }
}

// A page of one row, of the shortest list.
async function answers(ask: Ask, asking: Asking): Promise<boolean> {
  try {
    await drop(await ask({ path: '_failed?result_count=1', what: 'a page of _failed' }, asking))
    return true
  } catch (error) {
    asking.signal.throwIfAborted()
    if (error instanceof Defect) return false
    throw error
  }
}
