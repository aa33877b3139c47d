import { csvLine, parseCsv } from './csv.ts'
import { type CsvFile, type FileMark, findRow } from './csv-file.ts'
import { keyAt, type RowPlace } from './csv-rows.ts'
import type { ExportIndex, IndexState } from './export-index.ts'
import { planRow } from './plan-row.ts'

/** How much of a file is indexed with each row, until all is, and how much without a pause for others. */
const indexBytes = 2 ** 20
const pieceBytes = 2 ** 17

/** The fields of a row, by name: the first one is its key. */
export type Row = ReadonlyMap<string, string>

/** Puts a row into a file: replaces the one with its key, or appends it. The same row again changes nothing. */
export async function putRow(file: CsvFile, index: ExportIndex, row: Row): Promise<void> {
  await finish(file, index)
  const isKnown = isSame(await file.mark(), index.state())
  if (!isKnown) index.reset()
  await mendStart(file, index, row)
  const [key] = [...row.values()] as [string]
  const known = isKnown ? index.place(key) : undefined
  const place = known ?? (await find(file, index, key))
  const mark = await file.mark()
  await indexSome(file, index, mark.size)
  if (place && isRow(await file.read(place), row)) return index.settle(mark)
  const { indexed } = index.state()
  const bytes = Buffer.from(`${csvLine([...row.values()])}\r\n`)
  const change = await planRow(file, { key, row: bytes, place, indexed, end: mark.size })
  index.intend(change, mark)
  await file.write(change.writes, change.size)
  index.settle(await file.mark())
}

/** The row with that key; undefined if there is none. */
export async function getRow(file: CsvFile, index: ExportIndex, key: string): Promise<Buffer | undefined> {
  await finish(file, index)
  const mark = await file.mark()
  const known = isSame(mark, index.state()) ? index.place(key) : undefined
  const from = isSame(mark, index.state()) ? index.state().indexed : 0
  const place = known ?? (await findRow(file, { key, from, to: mark.size })).place
  return place && file.read(place)
}

function isSame(mark: FileMark, { size, modified, inode }: IndexState): boolean {
  return mark.size === size && mark.modified === modified && mark.inode === inode
}

/** Does what a process that died has intended, unless another program has written the file since. */
async function finish(file: CsvFile, index: ExportIndex): Promise<void> {
  const writes = index.writes()
  if (writes.length === 0) return
  const { size, inode, final } = index.state()
  const mark = await file.mark()
  const isBetween = Math.min(size, final) <= mark.size && mark.size <= Math.max(size, final)
  const starts = await Promise.all(writes.map(({ at }) => isRowStart(file, at)))
  if (mark.inode !== inode || !isBetween || starts.includes(false)) return index.reset()
  await file.write(writes, final)
  index.settle(await file.mark())
}

async function isRowStart(file: CsvFile, at: number): Promise<boolean> {
  return at === 0 || String(await file.read({ at: at - 1, length: 1 })) === '\n'
}

/** Sees to it that the file begins with the names of the columns, behind which the index begins. */
async function mendStart(file: CsvFile, index: ExportIndex, row: Row): Promise<void> {
  if (index.state().indexed > 0) return
  const columns = [...row.keys()]
  const header = Buffer.from(`${csvLine(columns)}\r\n`)
  if ((await file.mark()).size === 0) await file.write([{ at: 0, bytes: header }], header.length)
  const { place, bytes } = await file.rowAt(0)
  const [names = []] = parseCsv(bytes.toString('utf8').replace(/^\ufeff/, ''))
  if (columns.some((column, n) => names[n] !== column))
    throw new Error(
      `${file.name} does not begin with the columns of an export; move it away, and it is made anew.`,
    )
  index.add(new Map(), place.length)
}

/** Looks for a row in what is not indexed yet, and mends the end of the file: a row that has none is cut off, if it was cut short. */
async function find(file: CsvFile, index: ExportIndex, key: string): Promise<RowPlace | undefined> {
  const { indexed } = index.state()
  const { size } = await file.mark()
  const { place, end } = await findRow(file, { key, from: indexed, to: size })
  if (end === size) return place
  const rest = await file.read({ at: end, length: size - end })
  const [fields] = parseCsv(`${rest}\r\n`)
  const [header] = parseCsv(String((await file.rowAt(0)).bytes))
  if (fields?.length !== header!.length) {
    await file.write([], end)
    return place
  }
  const lineEnd = Buffer.from('\r\n')
  await file.write([{ at: size, bytes: lineEnd }], size + lineEnd.length)
  return keyAt(rest, 0) === key ? { at: end, length: rest.length + lineEnd.length } : place
}

async function indexSome(file: CsvFile, index: ExportIndex, size: number): Promise<void> {
  const start = index.state().indexed
  const to = Math.min(size, start + indexBytes)
  for (let from = start, end = 0; from < to; from = end) {
    const places = new Map<string, RowPlace>()
    end = await file.scan(from, Math.min(to, from + pieceBytes), (bytes, at, ends) => {
      for (const [n, rowEnd] of ends.entries()) {
        const rowStart = ends[n - 1] ?? 0
        places.set(keyAt(bytes, rowStart), { at: at + rowStart, length: rowEnd - rowStart })
      }
    })
    if (end === from) return
    index.add(places, end)
  }
}

/** Whether a row of the file is `row`, blanks at its end aside. */
function isRow(bytes: Buffer, row: Row): boolean {
  const [fields = []] = parseCsv(String(bytes))
  const [there, wanted] = [fields, [...row.values()]].map((all) =>
    JSON.stringify([...all.slice(0, -1), all.at(-1)?.trimEnd()]),
  )
  return there === wanted
}
