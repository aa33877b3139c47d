import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from '../durable-file.ts'
import { csvLine, parseCsv } from './csv.ts'
import { withLock } from './with-lock.ts'

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
 * nothing. Processes wait for each other by a lock beside the file; calls within a process are put in a line.
 */
export async function exportBook(folder: string, row: ExportRow): Promise<void> {
  const file = exportFile(folder)
  const put = () => withLock(`${file}.lock`, () => putRow(file, row))
  const turn = (turns.get(folder) ?? Promise.resolve()).then(put)
  const settled = turn.catch(() => undefined)
  turns.set(folder, settled)
  await turn
  if (turns.get(folder) === settled) turns.delete(folder)
}

const turns = new Map<string, Promise<void>>()

/** The rows of the export, in the order of the file; none when there is no file. */
export async function readExport(folder: string): Promise<ExportRow[]> {
  const [, ...records] = parseCsv(await read(exportFile(folder)))
  return records.map(
    (record) =>
      Object.fromEntries(columns.map((column, index) => [column, record[index] ?? ''])) as ExportRow,
  )
}

async function putRow(file: string, row: ExportRow): Promise<void> {
  const line = csvLine(columns.map((column) => row[column]))
  const text = await read(file)
  const lines = parseCsv(text).map(csvLine)
  const at = lines.findIndex(
    (_, index) => index > 0 && parseCsv(`${lines[index]}\r\n`)[0]?.[0] === row.barcode,
  )
  const whole = text !== '' && lines.map((each) => `${each}\r\n`).join('') === text
  if (whole && at > 0 && lines[at] === line) return
  if (whole && at < 0) return append(file, `${line}\r\n`)
  if (lines.length === 0) lines.push(csvLine(columns))
  if (at > 0) lines[at] = line
  else lines.push(line)
  await writeDurably(file, (target) => target.writeFile(lines.map((each) => `${each}\r\n`).join('')))
}

async function append(file: string, text: string): Promise<void> {
  const handle = await open(file, 'a')
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
}
