import { basename } from 'node:path'
import { openPlain } from '../plain-file.ts'
import { exportFile, fieldOf } from './books-export.ts'
import { csvFile } from './csv-file.ts'

/** What all stored books are together. */
export interface ExportTotals {
  readonly books: number
  /** Of their tarballs. */
  readonly bytes: number
}

const none: ExportTotals = { books: 0, bytes: 0 }

/**
 * Adds up the rows of the export in `folder`, a piece of it at a time, beside those who write it; only if it has changed since it was
 * last asked. A row that is written at that moment may be missed.
 */
export function exportTotals(folder: string): () => Promise<ExportTotals> {
  const path = exportFile(folder)
  let known = { mark: '', totals: none }
  return async () => {
    const file = await openPlain(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (!file) return none
    try {
      const csv = csvFile(file, basename(path))
      const { size, ...times } = await csv.mark()
      const mark = JSON.stringify([size, times])
      if (mark === known.mark) return known.totals
      let books = 0
      let bytes = 0
      await csv.scan(0, size, (piece, at, ends) => {
        let start = 0
        for (const end of ends) {
          // The first row has the names of the columns.
          if (at + start > 0) {
            books++
            bytes += Number(fieldOf(piece.toString('utf8', start, end), 'bytes')) || 0
          }
          start = end
        }
      })
      known = { mark, totals: { books, bytes } }
      return known.totals
    } finally {
      await file.close()
    }
  }
}
