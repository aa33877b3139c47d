import type { FastifyRequest } from 'fastify'
import { barcodeOfArchive } from '../../barcode.ts'
import type { Asked } from '../faults/fault-board.ts'
import { bookLists } from '../lists/book-list.ts'

/** What the client asked with: a text for each name; of a name that comes twice, the first. */
export function queryOf({ query }: FastifyRequest): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(query as Record<string, string | string[]>).map(([name, value]) => [
      name,
      [value].flat()[0],
    ]),
  )
}

/** Barcodes in a text, between blanks, ends of lines or commas. */
function barcodesIn(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,]+/).filter((barcode) => barcode !== '')
}

/** The barcodes that are asked about in the query or, where there is one, the body: as they are, or as a form has them. */
export function barcodesOf(request: FastifyRequest): string[] {
  const { body } = request
  const inQuery = barcodesIn(queryOf(request)['barcodes'])
  if (typeof body !== 'string') return inQuery
  const inForm = /(?:^|&)barcodes=/.test(body) ? new URLSearchParams(body).get('barcodes')! : body
  return [...inQuery, ...barcodesIn(inForm)]
}

/** What a request is about; undefined when there is nothing of that name. */
export function subjectOf(request: FastifyRequest): Asked | undefined {
  const { name } = request.params as { name: string }
  if (bookLists[name]) return { of: name, on: 'list' }
  if (name === '_process') return { of: barcodesOf(request)[0] ?? name, on: 'process' }
  if (name === '_barcode_search') return { of: barcodesOf(request)[0] ?? name, on: 'search' }
  const barcode = barcodeOfArchive(name)
  return barcode === undefined ? undefined : { of: barcode, on: request.method === 'HEAD' ? 'head' : 'get' }
}
