import { Barcode, barcodeOfArchive } from '../barcode.ts'
import type { Ask } from './ask.ts'
import type { Asking } from './asking.ts'
import { beginningOf, bodyOf } from './body.ts'
import { type ListFields, type ListName, type ListRow, listColumns } from './columns.ts'
import { linesOf } from './lines-of.ts'
import { misunderstood, shownOfAnswer, unknownAnswer } from './troubles.ts'

/** How a list is read. */
export interface Listing extends Asking {
  /** Called with each line that has no barcode; by default such lines are left out. */
  readonly odd?: (line: string) => void
}

/**
 * The rows of a list, as they come; short ones are padded with empty texts. A list of two million takes the memory of one row. Rejects with
 * what asking rejects with, and with an `UnknownAnswer` if it is no list.
 */
export async function* rowsOf<Name extends ListName>(
  ask: Ask,
  name: Name,
  listing: Listing,
): AsyncGenerator<ListRow<Name>> {
  const columns = listColumns[name]
  for await (const line of linesIn(ask, `_${name}?format=text&mode=all`, name, listing)) {
    const [first = '', ...rest] = line.split('\t')
    const barcode = barcodeIn(first)
    if (barcode === undefined) listing.odd?.(line)
    else yield { barcode, fields: fieldsOf<Name>(columns, rest) }
  }
}

/** The barcodes of a list alone, which is a fraction of its bytes. */
export async function* barcodesOf(ask: Ask, name: ListName, listing: Listing): AsyncGenerator<string> {
  for await (const line of linesIn(ask, `_${name}?format=text`, name, listing)) {
    const barcode = barcodeIn(line)
    if (barcode === undefined) listing.odd?.(line)
    else yield barcode
  }
}

async function* linesIn(ask: Ask, path: string, name: ListName, asking: Asking): AsyncGenerator<string> {
  const what = `the list _${name}`
  const answer = await ask({ path, what }, asking)
  if (answer.statusCode !== 200)
    throw unknownAnswer(what, `${answer.statusCode} ${await beginningOf(answer)}`)
  const lines = linesOf(bodyOf(answer, { what, signal: asking.signal }), (text) => refuse(what, text))
  const { value: first, done } = await lines.next()
  if (done) return
  if (first.trimStart().startsWith('<')) refuse(what, await pageOf(first, lines))
  yield first
  yield* lines
}

/** As much of a page that came in place of a list as a person gets to see. */
async function pageOf(first: string, lines: AsyncIterable<string>): Promise<string> {
  let page = first
  for await (const line of lines) {
    page += `\n${line}`
    if (page.length >= shownOfAnswer) break
  }
  return page
}

function refuse(what: string, text: string): never {
  throw misunderstood(what, text)
}

/** The barcode of a row; in some lists it is the name of an archive. */
export function barcodeIn(text: string): string | undefined {
  const trimmed = text.trim()
  return barcodeOfArchive(trimmed) ?? Barcode.safeParse(trimmed).data
}

function fieldsOf<Name extends ListName>(columns: readonly string[], values: readonly string[]) {
  return Object.fromEntries(
    columns.map((column, at) => [column, values[at]?.trim() ?? '']),
  ) as ListFields<Name>
}
