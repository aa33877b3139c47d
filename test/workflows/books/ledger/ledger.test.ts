import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '../../../../src/backends/sqlite/file/open-database.mjs'
import { openLedger } from '../../../../workflows/books/ledger/ledger.ts'
import { openGrin } from '../fake-grin/open-grin.ts'
import { clientOf } from '../grin/client.ts'
import { scratchFolder } from '../scratch.ts'

const noon = Date.UTC(2026, 10, 27, 12)

function open() {
  const path = join(scratchFolder(), 'ledger', 'books.db')
  const ledger = openLedger(path, () => noon)
  onTestFinished(ledger.close)
  return { ledger, path }
}

const fields = (converted = '') => ({
  ...{ scanned: '2024/01/02 03:04', processed: '', analyzed: '', ocrd: '', link: '' },
  converted,
})
async function* list(rows: Readonly<Record<string, string>>) {
  for (const [barcode, converted] of Object.entries(rows)) yield { barcode, fields: fields(converted) }
}
async function* of<T>(...items: T[]) {
  yield* items
}
const states = (ledger: ReturnType<typeof openLedger>) =>
  Object.fromEntries([...ledger.rows()].map(({ barcode, state }) => [barcode, state]))

it('takes in the list of all books, and tells what is new, has changed, and is gone', async () => {
  const { ledger } = open()
  const first = { 'b-1': '', 'b-2': '2024/02/03 04:05', 'b-3': '' }
  expect(await ledger.refreshBooks(list(first))).toEqual({ books: 3, changed: 3, gone: 0 })
  expect(await ledger.refreshBooks(list(first))).toEqual({ books: 3, changed: 0, gone: 0 })
  const second = { 'b-1': '2024/05/06 07:08', 'b-2': '2024/02/03 04:05', 'b-4': '' }
  expect(await ledger.refreshBooks(list(second))).toEqual({ books: 3, changed: 2, gone: 1 })
  expect(states(ledger)).toEqual({ 'b-1': 'converted', 'b-2': 'converted', 'b-3': 'gone', 'b-4': 'new' })
  // One that is back is new again.
  await ledger.refreshBooks(list(first))
  expect(states(ledger)).toMatchObject({ 'b-1': 'new', 'b-3': 'new', 'b-4': 'gone' })
})

it('takes a list that ends before its end for what it has shown, and nothing for gone', async () => {
  const { ledger } = open()
  await ledger.refreshBooks(list({ 'b-1': '', 'b-2': '' }))
  const cut = (async function* () {
    yield* list({ 'b-3': '' })
    throw new Error('The list was cut short.')
  })()
  await expect(ledger.refreshBooks(cut)).rejects.toThrow('cut short')
  expect(ledger.count()).toEqual({ new: 2 })
  const long = Object.fromEntries(Array.from({ length: 1200 }, (_, n) => [`c-${n}`, '']))
  await expect(
    ledger.refreshBooks(
      (async function* () {
        yield* list(long)
        throw new Error('The list was cut short.')
      })(),
    ),
  ).rejects.toThrow('cut short')
  expect(ledger.count()).toEqual({ new: 1002 })
})

it('does not take an empty list for a library that has lost all its books', async () => {
  const { ledger } = open()
  expect(await ledger.refreshBooks(list({}))).toEqual({ books: 0, changed: 0, gone: 0 })
  await ledger.refreshBooks(list({ 'b-1': '', 'b-2': '' }))
  await expect(ledger.refreshBooks(list({}))).rejects.toThrow('no book')
  expect(ledger.count()).toEqual({ new: 2 })
})

it('knows which are in process and which have failed, and what becomes of them', async () => {
  const { ledger } = open()
  await ledger.refreshBooks(list({ 'b-1': '', 'b-2': '', 'b-3': '' }))
  await ledger.refreshState('in process', of({ barcode: 'b-1' }, { barcode: 'b-2' }, { barcode: 'unknown' }))
  await ledger.refreshState('failed', of({ barcode: 'b-3', failure: 'Torn.' }))
  expect(states(ledger)).toEqual({ 'b-1': 'in process', 'b-2': 'in process', 'b-3': 'failed' })
  await ledger.refreshBooks(list({ 'b-1': '2024/05/06 07:08', 'b-2': '', 'b-3': '' }))
  expect(states(ledger)).toEqual({ 'b-1': 'converted', 'b-2': 'in process', 'b-3': 'failed' })
  await ledger.refreshState('in process', of())
  expect(states(ledger)).toEqual({ 'b-1': 'converted', 'b-2': 'new', 'b-3': 'failed' })
  expect([...ledger.rows()].find(({ barcode }) => barcode === 'b-3')?.failure).toBe('Torn.')
})

it('says which books are next, until they are wanted or stored', async () => {
  const { ledger } = open()
  const at = '2024/05/06 07:08'
  await ledger.refreshBooks(list({ 'b-1': '', 'b-2': at, 'b-3': at, 'b-4': '', 'b-5': '', 'b-6': at }))
  await ledger.refreshState('failed', of({ barcode: 'b-4' }))
  ledger.store('b-3', { etag: 'x', title: 'Common Sense' })
  const next = (most: number) => ledger.next(most).map(({ barcode }) => barcode)
  expect(next(10)).toEqual(['b-2', 'b-6', 'b-1', 'b-5'])
  expect(next(1)).toEqual(['b-2'])
  ledger.want(['b-2', 'b-1'])
  expect(next(10)).toEqual(['b-6', 'b-5'])
})

it('says again that a book is next when GRIN has converted it anew, and that storage has an older version', async () => {
  const { ledger } = open()
  await ledger.refreshBooks(list({ 'b-1': '2024/05/06 07:08', 'b-2': '' }))
  ledger.want(['b-1', 'b-2'])
  ledger.store('b-1', { etag: 'x', title: null })
  expect(ledger.next(10)).toEqual([])
  // Nothing is stored of the second, so its token is still under way.
  await ledger.refreshBooks(list({ 'b-1': '2024/05/06 07:08', 'b-2': '2024/05/06 07:08' }))
  expect(ledger.next(10)).toEqual([])
  await ledger.refreshBooks(list({ 'b-1': '2025/05/06 07:08', 'b-2': '2024/05/06 07:08' }))
  expect(ledger.next(10)).toEqual([{ barcode: 'b-1', isStored: true }])
  ledger.look('b-1')
  expect([...ledger.rows()][0]).toMatchObject({ barcode: 'b-1', looked: '2026-11-27T12:00:00.000Z' })
})

it('still knows that a book was converted anew while it was under way for the version before', async () => {
  const { ledger } = open()
  await ledger.refreshBooks(list({ 'b-1': '2024/05/06 07:08' }))
  ledger.want(['b-1'])
  ledger.store('b-1', { etag: 'x', title: null })
  await ledger.refreshBooks(list({ 'b-1': '2025/05/06 07:08' }))
  ledger.want(['b-1'])
  await ledger.refreshBooks(list({ 'b-1': '2026/05/06 07:08' }))
  ledger.store('b-1', { etag: 'y', title: null })
  expect(ledger.next(10)).toEqual([{ barcode: 'b-1', isStored: true }])
})

it.each([
  ['create table books (barcode text); pragma user_version = 2', 'a newer version'],
  ['create table messages (id text)', 'another database'],
  ['create table messages (id text); pragma user_version = 1', 'another database'],
])('leaves alone a file that is no ledger of its own: %s', (sql, sentence) => {
  const path = join(scratchFolder(), 'other.db')
  const other = openDatabase(path)
  onTestFinished(() => void other.close())
  other.exec(sql)
  const facts = () => [other.pragma('user_version'), other.prepare('select name from sqlite_master').all()]
  const before = facts()
  expect(() => openLedger(path)).toThrow(sentence)
  expect(() => openLedger(path)).toThrow(path)
  expect(facts()).toEqual(before)
})

it('names the file that is no database', () => {
  const path = join(scratchFolder(), 'ledger.csv')
  writeFileSync(path, 'barcode,state\n'.repeat(100))
  expect(() => openLedger(path)).toThrow(path)
  expect(readFileSync(path, 'utf8')).toBe('barcode,state\n'.repeat(100))
})

it('takes in what a GRIN lists, and can be asked with SQL meanwhile', async () => {
  const fake = await openGrin({ books: { sample: false, made: { count: 3000 }, converted: 40 } })
  const { grin, asking } = clientOf(fake)
  const { ledger, path } = open()
  expect(await ledger.refreshBooks(grin.rows('all_books', asking))).toMatchObject({ books: 3000 })
  const db = openDatabase(path, { readonly: true })
  onTestFinished(() => void db.close())
  expect(db.prepare("select count(*) from books where state = 'converted'").pluck().get()).toBe(40)
  expect(db.prepare('select at, list, books from refreshes').all()).toEqual([
    { at: '2026-11-27T12:00:00.000Z', list: 'all_books', books: 3000 },
  ])
})
