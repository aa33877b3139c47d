import type { Ask } from './ask.ts'
import type { Asking } from './asking.ts'
import { textOf } from './body.ts'
import { barcodeIn } from './lists.ts'
import { misunderstood } from './troubles.ts'

/** What GRIN says of a book, by the titles of its columns: `State`, `Viewability`, `Scanned Date` and so on. */
export interface FoundBook {
  readonly barcode: string
  readonly cells: Readonly<Record<string, string>>
}

/** What GRIN takes, in characters of a URL. */
const longestUrl = 7500
/** For the address before the barcodes. */
const longestBase = 300
/** More than an answer to one URL has. */
const longestAnswer = 4 * 2 ** 20

/** What GRIN says of these books; of those that it does not know, nothing. As many at once as fit into a URL. */
export async function* search(
  ask: Ask,
  barcodes: Iterable<string>,
  asking: Asking,
): AsyncGenerator<FoundBook> {
  for (const some of fitting(barcodes)) yield* searchOnce(ask, some, asking)
}

const query = '_barcode_search?execute_query=true&format=text&mode=full&barcodes='

function* fitting(barcodes: Iterable<string>): Generator<readonly string[]> {
  let some: string[] = []
  let length = 0
  for (const barcode of barcodes) {
    // Each is followed by a `+`.
    if (some.length > 0 && length + barcode.length + 1 > longestUrl - longestBase - query.length) {
      yield some
      some = []
      length = 0
    }
    some.push(barcode)
    length += barcode.length + 1
  }
  if (some.length > 0) yield some
}

async function* searchOnce(ask: Ask, barcodes: readonly string[], asking: Asking): AsyncGenerator<FoundBook> {
  const what = 'the search for barcodes'
  const answer = await ask({ path: query + barcodes.join('+'), what }, asking)
  const text = await textOf(answer, { what, signal: asking.signal }, longestAnswer)
  const [header = '', ...lines] = text.split(/\r?\n/)
  const titles = header.split('\t').map((title) => title.trim())
  if (answer.statusCode !== 200 || titles[0] !== 'Barcode') throw misunderstood(what, text)
  for (const line of lines) {
    const values = line.split('\t')
    const barcode = barcodeIn(values[0]!)
    if (barcode === undefined) continue
    yield { barcode, cells: Object.fromEntries(titles.map((title, at) => [title, values[at]?.trim() ?? ''])) }
  }
}
