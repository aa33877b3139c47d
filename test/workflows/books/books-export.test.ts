import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import {
  type ExportRow,
  exportBook,
  exportFile,
  readExport,
} from '../../../workflows/books/export/books-export.ts'
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

test('processes that export side by side lose no row', async () => {
  const folder = scratchFolder()
  const script = fileURLToPath(new URL('./export-process.ts', import.meta.url))
  const exits = ['0', '30', '60'].map(async (first) => {
    const child = fork(script, [folder, first, '30'], { execArgv: ['--import', 'tsx'] })
    expect(await once(child, 'exit')).toEqual([0, null])
  })
  await Promise.all(exits)
  const rows = await readExport(folder)
  expect(rows.map(({ barcode }) => barcode).sort()).toEqual(
    Array.from({ length: 90 }, (_, n) => `book-${n}`).sort(),
  )
  expect(rows.every(({ note }) => note === 'again')).toBe(true)
  expect(readdirSync(folder)).toEqual(['books_export.csv'])
})

test('the lock of a process that died is no obstacle', async () => {
  const folder = scratchFolder()
  const { pid } = spawnSync(process.execPath, ['--version'])
  writeFileSync(`${exportFile(folder)}.lock`, `${hostname()} ${pid}`)
  await exportBook(folder, row('one'))
  expect(await readExport(folder)).toEqual([row('one')])
})
