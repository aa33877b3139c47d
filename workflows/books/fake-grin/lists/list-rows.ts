import { setImmediate } from 'node:timers/promises'
import type { Catalogue } from '../catalogue.ts'
import type { FaultBoard } from '../faults/fault-board.ts'
import type { Shelf } from '../shelf.ts'
import { factsOf } from './book-facts.ts'
import type { BookList } from './book-list.ts'

/** What lists are made of. */
export interface Listing {
  readonly seed: string
  readonly catalogue: Catalogue
  readonly shelf: Shelf
  readonly faults: FaultBoard
}

/** A row of a list, and where in the catalogue its book is. */
export interface ListRow {
  readonly place: number
  readonly values: readonly string[]
}

/** Books after which other requests get their turn. */
const booksAtOnce = 4096

/** The rows of a list, in the order of the catalogue, from a place on; however long it is, only one row is in memory. */
export async function* listRows(
  { seed, catalogue, shelf, faults }: Listing,
  list: BookList,
  from = 0,
): AsyncGenerator<ListRow> {
  for (let place = from; place < catalogue.count; place++) {
    if (place % booksAtOnce === 0) await setImmediate()
    const standing = shelf.at(place)
    if (!list.has(standing)) continue
    const barcode = catalogue.barcodeAt(place)
    const facts = factsOf(seed, barcode, standing)
    const values = list.columns.map(({ value }) => value(facts))
    yield {
      place,
      values: faults.lasts('short-rows', barcode) ? shortened(values) : values,
    }
  }
}

/** A row without the cells at its end, as GRIN gives some. */
export function shortened(values: readonly string[]): readonly string[] {
  return values.slice(0, Math.ceil(values.length / 2))
}
