import { expect, it } from 'vitest'
import { readDate } from '../../../../workflows/books/grin/read-date.ts'
import { openGrin } from '../fake-grin/open-grin.ts'
import { all, clientOf } from './client.ts'

const books = (count: number, converted = 0) => ({ sample: false, made: { count }, converted })

it('reads each list by its columns, and the barcodes of it alone', async () => {
  const fake = await openGrin({ books: books(20, 5) })
  const { grin, asking, passed } = clientOf(fake)
  const everything = await all(grin.rows('all_books', asking))
  expect(everything.map(({ barcode }) => barcode)).toEqual([...fake.books.barcodes()])
  expect(readDate(everything[0]?.fields.scanned)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/)
  const converted = await all(grin.rows('converted', asking))
  expect(converted).toHaveLength(5)
  // The row has the name of the archive.
  expect((await fake.list('_converted'))[0]?.[0]).toBe(`${converted[0]?.barcode}.tar.gz.gpg`)
  expect(await all(grin.barcodes('converted', asking))).toEqual(converted.map(({ barcode }) => barcode))
  expect(await all(grin.barcodes('in_process', asking))).toEqual([])
  expect(passed()).toBe(4)
})

it('pads short rows, and tells of lines that have no barcode', async () => {
  const fake = await openGrin({ books: books(3), faults: [{ fault: 'short-rows', of: '_all_books' }] })
  const { grin, asking } = clientOf(fake)
  for (const { fields } of await all(grin.rows('all_books', asking)))
    expect(Object.keys(fields)).toEqual(['scanned', 'processed', 'analyzed', 'converted', 'ocrd', 'link'])
})

it('walks the pages of a list, to its end', async () => {
  const fake = await openGrin({ books: books(2345, 2345) })
  const { grin, asking, passed } = clientOf(fake)
  const rows = await all(grin.pagedRows('all_books', asking))
  expect(rows.map(({ barcode }) => barcode)).toEqual([...fake.books.barcodes()])
  expect(rows[0]?.cells['Link']).toMatch(/^https:/)
  expect(rows[0]?.cells['Barcode']).toBe(rows[0]?.barcode)
  expect(passed()).toBe(3)
})

it('ends a walk of pages where GRIN is unavailable, and fails a list that is', async () => {
  const fake = await openGrin({ books: books(3), faults: [{ fault: 'request-unavailable' }] })
  const { grin, asking } = clientOf(fake)
  expect(await all(grin.pagedRows('all_books', asking))).toEqual([])
  await expect(all(grin.rows('all_books', asking))).rejects.toMatchObject({
    code: 'GRINError',
    detail: 'Your request is unavailable',
  })
})

it('says that a list was cut short', async () => {
  const fake = await openGrin({
    books: books(5000),
    faults: [{ fault: 'reset', of: '_all_books', times: 1 }],
  })
  const { grin, asking } = clientOf(fake)
  await expect(all(grin.rows('all_books', asking))).rejects.toMatchObject({ code: 'GRINError' })
  expect(await all(grin.rows('all_books', asking))).toHaveLength(5000)
})

it('searches for as many barcodes at once as fit into a URL', async () => {
  const fake = await openGrin({ books: books(1500) })
  const { grin, asking, passed } = clientOf(fake)
  const barcodes = [...fake.books.barcodes(), 'UNKNOWN-1']
  const found = await all(grin.search(barcodes, asking))
  expect(found.map(({ barcode }) => barcode)).toEqual([...fake.books.barcodes()])
  expect(found[0]?.cells).toMatchObject({ State: expect.stringMatching(/^[A-Z_]+$/) })
  // 15 characters each, and 7,500 in a URL.
  expect(passed()).toBe(4)
})

it('reads dates as GRIN writes them', () => {
  expect(readDate('2024/05/06 07:08')).toBe('2024-05-06T07:08')
  expect(readDate('2024-05-06')).toBe('2024-05-06T00:00')
  expect(readDate('')).toBeUndefined()
  expect(readDate(undefined)).toBeUndefined()
})
