import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { sayDiskTrouble } from '../disk-trouble.ts'
import { syncFolder } from '../durable-file.ts'
import { readPlain, refuseOther } from '../plain-file.ts'
import { parseCsv } from './csv.ts'
import { type CsvFile, csvFile } from './csv-file.ts'
import { type ExportIndex, withIndex } from './export-index.ts'
import { getRow, putRow } from './put-row.ts'

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

/** What a row, as the text that it is in the file, has in a column; empty if it has nothing. */
export function fieldOf(row: string, column: (typeof columns)[number]): string {
  return parseCsv(row)[0]?.[columns.indexOf(column)] ?? ''
}

/** The file in the done bucket. */
export function exportFile(folder: string): string {
  return join(folder, 'books_export.csv')
}

/**
 * Puts a book's row into `books_export.csv`: appended, or, should the barcode be there, replaced. Doing it again changes
 * nothing. Its cost does not grow with the number of books. A write that a dead process has begun is completed by the next
 * one. Processes wait for each other, as long as `signal` lets them; calls within a process are put in a line.
 */
export async function exportBook(folder: string, row: ExportRow, signal?: AbortSignal): Promise<void> {
  const fields = new Map(columns.map((column) => [column, row[column]]))
  await inTurn(folder, () =>
    withFile(exportFile(folder), (file, index) => putRow(file, index, fields), signal),
  )
}

/** Does `work` when this process does nothing else with the export. */
async function inTurn<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const turn = (turns.get(folder) ?? Promise.resolve()).then(work)
  const settled = turn.catch(() => undefined)
  turns.set(folder, settled)
  try {
    return await turn
  } finally {
    if (turns.get(folder) === settled) turns.delete(folder)
  }
}

/** The sha256 in the row of a book, which is the name of its version in storage; undefined if it has no row. */
export async function exportedVersion(folder: string, barcode: string): Promise<string | undefined> {
  return (await exportedBook(folder, barcode))?.sha256
}

/** What the row of a book says of the version in storage; undefined if it has no row. */
export async function exportedBook(
  folder: string,
  barcode: string,
): Promise<Pick<ExportRow, 'sha256' | 'etag'> | undefined> {
  const path = exportFile(folder)
  const isThere = await stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? false : Promise.reject(error)),
  )
  if (!isThere) return undefined
  const bytes = await inTurn(folder, () => withFile(path, (file, index) => getRow(file, index, barcode)))
  const [fields] = parseCsv(String(bytes ?? ''))
  const of = (column: (typeof columns)[number]) => fields?.[columns.indexOf(column)] ?? ''
  return of('sha256') === '' ? undefined : { sha256: of('sha256'), etag: of('etag') }
}

const turns = new Map<string, Promise<unknown>>()

/** The rows of the export, in the order of the file; none when there is no file. */
export async function readExport(folder: string): Promise<ExportRow[]> {
  const text = await readPlain(exportFile(folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  })
  const [, ...records] = parseCsv(text.toString('utf8'))
  return records.map((record) => {
    const fields = columns.map((column, index) => [column, record[index] ?? ''])
    const { note, ...rest } = Object.fromEntries(fields)
    return { ...rest, note: note.replace(/ +$/, '') } as ExportRow
  })
}

async function withFile<T>(
  path: string,
  work: (file: CsvFile, index: ExportIndex) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const opened = async (index: ExportIndex) => {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT | (constants.O_NONBLOCK ?? 0), 0o600)
    try {
      const stats = await file.stat()
      refuseOther(stats, path)
      if (stats.size === 0) await syncFolder(dirname(path))
      return await work(csvFile(file, basename(path)), index)
    } catch (error) {
      throw sayDiskTrouble(error, path)
    } finally {
      await file.close()
    }
  }
  return withIndex(`${path}.index`, opened, signal)
}
