import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { csvLine } from '../export/csv.ts'
import { openLedger } from './ledger.ts'

const columns = [
  ...(['barcode', 'state', 'scanned', 'converted', 'failure'] as const),
  ...(['etag', 'stored', 'title', 'looked', 'wanted'] as const),
]

/** Writes all books of the ledger at `path` to `out` as CSV, with a header; a list of millions takes no memory. */
export async function exportLedger(path: string, out: Writable, signal: AbortSignal): Promise<void> {
  const ledger = openLedger(path)
  try {
    await pipeline(Readable.from(linesOf()), out, { signal, end: false })
  } finally {
    ledger.close()
  }

  function* linesOf() {
    yield `${csvLine(columns)}\n`
    for (const row of ledger.rows()) yield `${csvLine(columns.map((column) => row[column] ?? ''))}\n`
  }
}
