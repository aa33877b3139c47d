import { fractionOf } from '../random.ts'
import type { BookState } from '../standing.ts'
import { factsOf } from './book-facts.ts'
import { type Listing, shortened } from './list-rows.ts'

/** The columns of `_barcode_search`. */
const columns = [
  'Barcode',
  'Scanned Date',
  'Converted Date',
  'Downloaded Date',
  'Processed Date',
  'Analyzed Date',
  "OCR'd Date",
  'State',
  'Viewability',
  'Opted-Out (post-scan)',
  'Conditions',
  'Scannable',
  'Tagging',
  'Audit',
  'Material Error%',
  'Overall Error%',
  'Claimed',
  'OCR Analysis Score',
  'OCR GTD Score',
  'Digitization Method',
  'Check-In Date',
  'Source Library Bibkey',
  'Rubbish',
  'Allow Download Updated Date',
  'Viewability Updated Date',
]

/** What the search calls the states of a book. */
const named: Readonly<Record<BookState, string>> = {
  NEW: 'NEW',
  IN_PROCESS: 'IN_PROCESS',
  CONVERTED: 'CONVERTED',
  PREVIOUSLY_DOWNLOADED: 'PREVIOUSLY_DOWNLOADED',
  FAILED: 'CHECKED_IN',
  NOT_AVAILABLE: 'NOT_AVAILABLE_FOR_DOWNLOAD',
  LOST: 'CHECKED_IN',
}

/** The answer to a search: a header, and a row for each book that is known, in the order asked for. */
export function searchTsv(listing: Listing, barcodes: readonly string[]): string {
  const rows = barcodes.flatMap((barcode) => rowOf(listing, barcode) ?? [])
  return [columns.join('\t'), ...rows].map((row) => `${row}\n`).join('')
}

function rowOf({ seed, shelf, faults }: Listing, barcode: string): string | undefined {
  const standing = shelf.get(barcode)
  if (!standing) return undefined
  const facts = factsOf(seed, barcode, standing)
  const percent = (of: string) => `${Math.floor(fractionOf(seed, barcode, of) * 10)}%`
  const score = (of: string) => fractionOf(seed, barcode, of).toFixed(3)
  const { scanned, converted, downloaded, processed, analyzed, ocrd } = facts
  const dates = [scanned, converted, downloaded, processed, analyzed, ocrd]
  const flags = ['VIEW_FULL', 'false', '', 'true', 'false', '']
  const errors = [percent('material'), percent('overall'), 'false', score('analysis'), score('gtd')]
  const rest = ['NON_DESTRUCTIVE', scanned, `.b${barcode.slice(-7)}`, 'false', '', '']
  const values = [barcode, ...dates, named[standing.state], ...flags, ...errors, ...rest]
  return (faults.lasts('short-rows', barcode) ? shortened(values) : values).join('\t')
}
