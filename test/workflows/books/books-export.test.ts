import { fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  type ExportRow,
  exportBook,
  exportFile,
  readExport,
} from '../../../workflows/books/export/books-export.ts'
import { exportTotals } from '../../../workflows/books/export/export-totals.ts'
import { builtFile } from '../../built.ts'
import { scratchFolder } from './scratch.ts'

const row = (barcode: string, title = 'A title'): ExportRow => ({
  barcode,
  title,
  author: 'Jefferson, Thomas,',
  date: '1776',
  language: 'eng',
  pages: '6',
  bytes: '100',
  sha256: 'ab',
  etag: '"x"',
  stored: '2026-01-01T00:00:00Z',
  note: '',
})
const columnCount = Object.keys(row('')).length

test('rows with commas, quotes and line ends read back as they were', async () => {
  const folder = scratchFolder()
  const rows = [row('one', 'Says "no", twice'), row('two', 'Two\r\nlines'), row('three')]
  await Promise.all(rows.map((each) => exportBook(folder, each)))
  expect(await readExport(folder)).toEqual(rows)
})

test('a book exported again replaces its row, and the same row changes nothing', async () => {
  const folder = scratchFolder()
  for (const each of [row('one'), row('two'), row('one', 'New')]) await exportBook(folder, each)
  const before = readFileSync(exportFile(folder), 'utf8')
  await exportBook(folder, row('one', 'New'))
  expect(readFileSync(exportFile(folder), 'utf8')).toBe(before)
  expect((await readExport(folder)).map(({ barcode, title }) => `${barcode} ${title}`)).toEqual([
    'one New',
    'two A title',
  ])
})

test('a row that a crash has cut short is mended when the next is written', async () => {
  const folder = scratchFolder()
  await exportBook(folder, row('one'))
  appendFileSync(exportFile(folder), 'two,"half a ti')
  await exportBook(folder, row('two'))
  expect((await readExport(folder)).map(({ barcode }) => barcode)).toEqual(['one', 'two'])
})

test('processes that export side by side lose no row', { timeout: 60_000 }, async () => {
  const folder = scratchFolder()
  const script = builtFile('test/workflows/books/export-process.ts')
  const exits = ['0', '10', '20'].map(async (first) => {
    const child = fork(script, [folder, first, '10'], { execArgv: [] })
    expect(await once(child, 'exit')).toEqual([0, null])
  })
  await Promise.all(exits)
  const rows = await readExport(folder)
  expect(rows.map(({ barcode }) => barcode).sort()).toEqual(
    Array.from({ length: 30 }, (_, n) => `book-${n}`).sort(),
  )
  expect(rows.every(({ note }) => note === 'again')).toBe(true)
  expect(readdirSync(folder)).toEqual(['books_export.csv', 'books_export.csv.index'])
})

test('a process that has the export is waited for, and one that was killed is not', async () => {
  const folder = scratchFolder()
  await exportBook(folder, row('one'))
  const script = builtFile('test/workflows/books/holding-process.ts')
  const holder = fork(script, [exportFile(folder)], { execArgv: [] })
  await once(holder, 'message')
  const impatient = new AbortController()
  const refused = exportBook(folder, row('two'), impatient.signal)
  impatient.abort()
  await expect(refused).rejects.toMatchObject({ name: 'AbortError' })
  expect(await readExport(folder)).toEqual([row('one')])
  const waiting = exportBook(folder, row('three'))
  holder.kill('SIGKILL')
  await waiting
  expect(await readExport(folder)).toEqual([row('one'), row('three')])
})

test('what a person adds or changes in the file counts, with and without an end of its last line', async () => {
  const folder = scratchFolder()
  for (const each of [row('one'), row('two')]) await exportBook(folder, each)
  const text = readFileSync(exportFile(folder), 'utf8')
  const byHand = (title: string) => `three,${title}${',x'.repeat(columnCount - 2)}`
  writeFileSync(exportFile(folder), `${text.replace('two,', '"two",')}${byHand('By hand')}`)
  await exportBook(folder, row('four'))
  await exportBook(folder, row('two', 'A title that is longer than the one before'))
  await exportBook(folder, row('three', 'New'))
  const titles = (await readExport(folder)).map(({ barcode, title }) => `${barcode} ${title}`)
  expect(titles.sort()).toEqual([
    'four A title',
    'one A title',
    'three New',
    'two A title that is longer than the one before',
  ])
})

test('an index that is missing is made anew; one that is damaged, and a file that is no export, are named', async () => {
  const folder = scratchFolder()
  await exportBook(folder, row('one'))
  rmSync(`${exportFile(folder)}.index`)
  await exportBook(folder, row('one', 'New'))
  expect(await readExport(folder)).toEqual([row('one', 'New')])
  writeFileSync(
    `${exportFile(folder)}.index`,
    'no database at all, but long enough to be taken for one'.repeat(99),
  )
  await expect(exportBook(folder, row('two'))).rejects.toThrow(
    'books_export.csv.index cannot be used: file is not a database (SQLITE_NOTADB). Remove it: it is made anew.',
  )
  rmSync(`${exportFile(folder)}.index`)
  writeFileSync(exportFile(folder), 'a,b\r\n1,2\r\n')
  await expect(exportBook(folder, row('two'))).rejects.toThrow(
    'books_export.csv does not begin with the columns of an export; move it away, and it is made anew.',
  )
})

test('the stored books and their bytes are added up, and again when one has changed', async () => {
  const folder = scratchFolder()
  const totals = exportTotals(folder)
  expect(await totals()).toEqual({ books: 0, bytes: 0 })
  await exportBook(folder, row('1', 'A "title", with 7,100,commas\nand lines'))
  await exportBook(folder, row('2'))
  expect(await totals()).toEqual({ books: 2, bytes: 200 })
  await exportBook(folder, { ...row('2', 'A much longer title than it had before'), bytes: '7' })
  await exportBook(folder, { ...row('3'), bytes: '' })
  expect(await totals()).toEqual({ books: 3, bytes: 107 })
  expect(await totals()).toEqual({ books: 3, bytes: 107 })
})
