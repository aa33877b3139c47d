import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { sayDiskTrouble } from '../disk-trouble.ts'
import { syncFolder } from '../durable-file.ts'
import { readPlain, refuseOther } from '../plain-file.ts'
import { parseCsv } from './csv.ts'
import { csvFile } from './csv-file.ts'
import { type ExportIndex, withIndex } from './export-index.ts'
import { putRow } from './put-row.ts'

const columns = [
  'barcode',
  'title',
  'author',
  'date',
  'language',
  'pages',
  'bytes',
  'sha256',
  'etag',
  'stored',
  'note',
] as const

/** One stored book, as text by column; `date` is the year of the book, `stored` an ISO time. */
export type ExportRow = Readonly<Record<(typeof columns)[number], string>>

/** The file in the done bucket. */
export function exportFile(folder: string): string {
  return join(folder, 'books_export.csv')
}

/**
 * Puts a book's row into `books_export.csv`: appended, or, should the barcode be there, replaced. Doing it again changes
 * nothing. It costs the same however many books there are, and what a process that died over it has begun, the next one
 * ends. Processes wait for each other, as long as `signal` lets them; calls within a process are put in a line.
 */
export async function exportBook(folder: string, row: ExportRow, signal?: AbortSignal): Promise<void> {
  const put = () => putBook(exportFile(folder), row, signal)
  const turn = (turns.get(folder) ?? Promise.resolve()).then(put)
  const settled = turn.catch(() => undefined)
  turns.set(folder, settled)
  await turn
  if (turns.get(folder) === settled) turns.delete(folder)
}

const turns = new Map<string, Promise<void>>()

/** The rows of the export, in the order of the file; none when there is no file. */
export async function readExport(folder: string): Promise<ExportRow[]> {
  const text = await readPlain(exportFile(folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  })
  const [, ...records] = parseCsv(text.toString('utf8'))
  return records.map((record) => {
    const told = columns.map((column, index) => [column, record[index] ?? ''])
    const { note, ...rest } = Object.fromEntries(told)
    return { ...rest, note: note.replace(/ +$/, '') } as ExportRow
  })
}

async function putBook(path: string, row: ExportRow, signal?: AbortSignal): Promise<void> {
  const fields = new Map(columns.map((column) => [column, row[column]]))
  const put = async (index: ExportIndex) => {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT | (constants.O_NONBLOCK ?? 0), 0o600)
    try {
      const stats = await file.stat()
      refuseOther(stats, path)
      if (stats.size === 0) await syncFolder(dirname(path))
      await putRow(csvFile(file, basename(path)), index, fields)
    } catch (error) {
      throw sayDiskTrouble(error, path)
    } finally {
      await file.close()
    }
  }
  await withIndex(`${path}.index`, put, signal)
}
