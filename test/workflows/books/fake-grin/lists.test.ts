import { expect, it } from 'vitest'
import { openGrin } from './open-grin.ts'

const made = (count: number, more: object = {}) => ({ books: { sample: false, made: { count }, ...more } })
const barcodeOf = (number: number) => `3210190${String(number).padStart(7, '0')}`
const date = /^\d{4}\/\d\d\/\d\d \d\d:\d\d$/

it('lists the shipped books and the made ones', async () => {
  const grin = await openGrin({ books: { made: { count: 2 } } })
  const all = ['32101700000019', '32101700000035', '32101700000043', barcodeOf(0), barcodeOf(1)]
  expect(await grin.names('_all_books')).toEqual(all)
  expect([...grin.books.barcodes()]).toEqual(all)
  expect(await grin.names('_available')).toEqual(all)
})

it('has the columns of each list, and no header', async () => {
  const grin = await openGrin(made(6, { converted: 1 }))
  grin.admin.setState(barcodeOf(1), 'IN_PROCESS')
  grin.admin.setState(barcodeOf(2), 'FAILED')
  grin.admin.setState(barcodeOf(3), 'PREVIOUSLY_DOWNLOADED')
  const [all, available, inProcess, converted, failed] = await Promise.all(
    ['_all_books', '_available', '_in_process', '_converted', '_failed'].map(grin.list),
  )
  expect(all).toHaveLength(6)
  const link = expect.stringMatching(/^https:\/\/books\.google\.com\/books\?id=/)
  const at = expect.stringMatching(date)
  expect(all![0]).toEqual([barcodeOf(0), at, at, at, at, at, link])
  expect(all![1]).toEqual([barcodeOf(1), at, at, at, '', at, link])
  expect(available).toEqual([
    [barcodeOf(4), at, at, at, at, link],
    [barcodeOf(5), at, at, at, at, link],
  ])
  expect(inProcess).toEqual([[barcodeOf(1), at, at, at, at, link]])
  expect(converted).toEqual([
    [`${barcodeOf(0)}.tar.gz.gpg`, at, at, '', link],
    [`${barcodeOf(3)}.tar.gz.gpg`, at, at, at, link],
  ])
  const why = expect.stringMatching(/./)
  expect(failed).toEqual([[barcodeOf(2), at, at, at, at, why, at, why, link]])
})

it('without mode=all gives a barcode, or the name of a file, a line', async () => {
  const grin = await openGrin(made(2, { converted: 1 }))
  const text = async (name: string) => (await grin.ask(`${name}?format=text`)).text()
  expect(await text('_all_books')).toBe(`${barcodeOf(0)}\n${barcodeOf(1)}\n`)
  expect(await text('_converted')).toBe(`${barcodeOf(0)}.tar.gz.gpg\n`)
  expect(await text('_failed')).toBe('')
})

it('a list in HTML has a heading, rows, and a link to the next page until there is none', async () => {
  const grin = await openGrin(made(25))
  const seen: string[] = []
  let path: string | undefined = '_available?result_count=10'
  for (let pages = 1; path !== undefined; pages++) {
    const html = await (await grin.ask(path)).text()
    const table = /<table>([\s\S]*?)<\/table>/.exec(html)![1]!
    const titles = [...table.matchAll(/<td><span class="hd3">([^<]*)<\/span><\/td>/g)].map(
      ([, title]) => title,
    )
    expect(table).toContain('<tr class="heading">')
    expect(titles).toEqual(['Barcode', 'Scanned', 'Processed', 'Analyzed', "OCR'd", 'Link'])
    const rows = [...table.split('<tbody>')[1]!.matchAll(/<tr>(.*)<\/tr>/g)].map(([, row]) => row!)
    // The first column has no heading.
    for (const row of rows) expect(row.match(/<td>/g)).toHaveLength(titles.length + 1)
    seen.push(...rows.map((row) => /<td><a href="[^"]*">(\d+)<\/a><\/td>/.exec(row)![1]!))
    expect(pages).toBeLessThanOrEqual(3)
    path = /<a href="([^"]*first=[^"]*)">Next &gt;<\/a>/.exec(html)?.[1]?.replaceAll('&amp;', '&')
  }
  expect(seen).toEqual(await grin.names('_available'))
  expect(seen).toHaveLength(25)
})

it('a page goes on where the one before has ended, though books have left the list since', async () => {
  const grin = await openGrin(made(6))
  const page = async (path: string) => {
    const html = await (await grin.ask(path)).text()
    return {
      barcodes: [...html.matchAll(/>(3210190\d+)</g)].map(([, barcode]) => barcode),
      next: /<a href="([^"]*first=[^"]*)">/.exec(html)?.[1]?.replaceAll('&amp;', '&'),
    }
  }
  const first = await page('_available?result_count=3')
  for (const barcode of first.barcodes) await grin.process(barcode!)
  expect((await page(first.next!)).barcodes).toEqual([3, 4, 5].map(barcodeOf))
})

it('tells of books by their barcodes, with a header; unknown ones are absent', async () => {
  const grin = await openGrin(made(3, { converted: 1 }))
  const query = `${barcodeOf(0)}+unknown+${barcodeOf(2)}`
  const answer = await grin.ask(`_barcode_search?execute_query=true&format=text&mode=full&barcodes=${query}`)
  const [header, ...rows] = (await answer.text())
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
  expect(header).toHaveLength(25)
  expect(header!.slice(0, 8)).toEqual([
    'Barcode',
    'Scanned Date',
    'Converted Date',
    'Downloaded Date',
    'Processed Date',
    'Analyzed Date',
    "OCR'd Date",
    'State',
  ])
  expect(rows.map((row) => [row[0], row[7]])).toEqual([
    [barcodeOf(0), 'CONVERTED'],
    [barcodeOf(2), 'NEW'],
  ])
})

it('refuses a search whose URL is too long', async () => {
  const grin = await openGrin(made(1000))
  const query = [...grin.books.barcodes()].slice(0, 600).join('+')
  const path = '_barcode_search?execute_query=true&format=text&mode=full&barcodes='
  expect((await grin.ask(path + query)).status).toBe(414)
  expect((await grin.ask(path + query.slice(0, 7000))).status).toBe(200)
})

it('knows its directory by its case, and no other', async () => {
  const grin = await openGrin({ ...made(1), directory: 'PrnC' })
  expect((await fetch(`${grin.url}/libraries/PrnC/_all_books?format=text`)).status).toBe(200)
  expect((await fetch(`${grin.url}/libraries/PRNC/_all_books?format=text`)).status).toBe(403)
  expect((await grin.ask('_no_such_list')).status).toBe(404)
  expect((await grin.ask('_all_books', { method: 'HEAD' })).status).toBe(405)
  expect((await grin.ask('_all_books', { method: 'POST', body: 'x' })).status).toBe(404)
})

it.each([
  [{ directory: 'a b' }, 'The name of a library has letters and digits only, unlike "a b".'],
  [{ books: { made: { count: -1 } } }, 'There can be from 0 to 10000000 made books, not -1.'],
  [{ books: { made: { count: 1, pages: 1 } } }, 'A made book has from 3 to 9,999 pages, not 1.'],
  [
    { books: { made: { count: 1, bytes: 5e9 } } },
    'The archive of a made book has from 0 to 4000000000 bytes, not 5000000000.',
  ],
])('refuses %j', async (options, sentence) => {
  await expect(openGrin(options)).rejects.toThrow(sentence)
})

it('makes the rows of a list as the client takes them, not before', async () => {
  const count = 200_000
  const grin = await openGrin(made(count))
  const answer = await grin.ask('_all_books?format=text&mode=all')
  const reader = answer.body!.getReader()
  let text = Buffer.from((await reader.read()).value!).toString('latin1')
  // All rows have 26 MB, far more than lies on the way.
  grin.admin.setState(barcodeOf(count - 1), 'CONVERTED')
  for (let part = await reader.read(); !part.done; part = await reader.read())
    text += Buffer.from(part.value).toString('latin1')
  const rows = text.trimEnd().split('\n')
  expect(rows).toHaveLength(count)
  expect(rows.at(-2)!.split('\t')[4]).toBe('')
  expect(rows.at(-1)!.split('\t')[4]).toMatch(date)
})
