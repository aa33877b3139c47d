import { expect, it } from 'vitest'
import { openGrin } from './open-grin.ts'

const [barcode, other] = ['32101900000000', '32101900000001']
const books = { sample: false, made: { count: 20, bytes: 400_000 }, converted: 10 }

it.each([401, 403, 404, 500, 503])(
  'answers %i as often as it is told, to the kinds of request it is told',
  async (status) => {
    const fault = `http-${status}`
    const grin = await openGrin({ books, faults: [{ fault, of: barcode, on: 'get', times: 2 }] })
    expect((await grin.head(barcode)).status).toBe(200)
    expect((await grin.get(other)).status).toBe(200)
    expect((await grin.get(barcode)).status).toBe(status)
    expect((await grin.get(barcode)).status).toBe(status)
    expect((await grin.get(barcode)).status).toBe(200)
  },
)

it('leads to the login, or elsewhere on the way to the same', async () => {
  const faults = [
    { fault: 'login', of: barcode },
    { fault: 'redirect', of: other },
  ]
  const grin = await openGrin({ books, faults })
  const login = await grin.head(barcode)
  expect(login.status).toBe(302)
  expect(login.headers.get('location')).toMatch(/^https:\/\/accounts\.google\.com\/ServiceLogin\?/)
  const moved = await grin.head(other)
  expect(moved.status).toBe(302)
  const there = await fetch(grin.url + moved.headers.get('location'), { method: 'HEAD' })
  expect(there.headers.get('etag')).toMatch(/^"/)
})

it.each(['reset', 'truncated-body'])(
  '%s ends the body in its middle, in spite of its length',
  async (fault) => {
    const grin = await openGrin({ books, faults: [{ fault, of: barcode, times: 1 }] })
    const answer = await grin.get(barcode)
    const told = Number(answer.headers.get('content-length'))
    let bytes = 0
    const reading = async () => {
      for await (const chunk of answer.body!) bytes += chunk.length
    }
    await expect(reading()).rejects.toThrow()
    expect(bytes).toBeLessThan(told)
    if (fault === 'truncated-body') expect(bytes).toBe(told >> 1)
    expect(grin.admin.book(barcode)?.state).toBe('CONVERTED')
    expect((await (await grin.get(barcode)).arrayBuffer()).byteLength).toBe(told)
  },
)

it('stalls in the middle of a body', async () => {
  const grin = await openGrin({ books, faults: [{ fault: 'stall', of: barcode }] })
  const answer = await grin.get(barcode)
  const half = Number(answer.headers.get('content-length')) >> 1
  const reader = answer.body!.getReader()
  let bytes = 0
  while (bytes < half) bytes += (await reader.read()).value!.length
  const more = reader.read().then(() => 'more')
  // It answers others meanwhile.
  expect((await grin.head(other)).status).toBe(200)
  expect(await Promise.race([more, Promise.resolve('nothing')])).toBe('nothing')
  await reader.cancel()
})

it.each(['reset', 'truncated-body'])('%s ends a list, too', async (fault) => {
  const grin = await openGrin({ books, faults: [{ fault, of: '_all_books' }] })
  const answer = await grin.ask('_all_books?format=text&mode=all')
  await expect(answer.text()).rejects.toThrow()
  expect(await grin.names('_available')).toHaveLength(10)
})

it('has no ETag, or another one each time', async () => {
  const faults = [
    { fault: 'no-etag', of: barcode },
    { fault: 'changed-etag', of: other },
  ]
  const grin = await openGrin({ books, faults })
  expect((await grin.head(barcode)).headers.get('etag')).toBe(null)
  const etags = [await grin.head(other), await grin.get(other), await grin.get(other)].map(({ headers }) =>
    headers.get('etag'),
  )
  for (const etag of etags) expect(etag).toMatch(/^"[0-9a-f]{32}"$/)
  expect(new Set(etags).size).toBe(3)
})

it('says that a request is unavailable', async () => {
  const grin = await openGrin({
    books,
    faults: [{ fault: 'request-unavailable', of: '_available', times: 1 }],
  })
  const answer = await grin.ask('_available?result_count=5')
  expect(answer.status).toBe(200)
  expect(await answer.text()).toContain('Your request is unavailable')
  expect(await (await grin.ask('_available?result_count=5')).text()).toContain('<table>')
})

it('shortens rows, in lists and in the search', async () => {
  const grin = await openGrin({ books, faults: [{ fault: 'short-rows', of: other }] })
  const [whole, short] = await grin.list('_all_books')
  expect([whole!.length, short!.length]).toEqual([7, 4])
  const query = '_barcode_search?execute_query=true&format=text&mode=full&barcodes='
  const [, one, two] = (await (await grin.ask(`${query}${barcode}+${other}`)).text()).split('\n')
  expect([one!.split('\t').length, two!.split('\t').length]).toEqual([25, 13])
})

it('replies with a status that no client knows', async () => {
  const grin = await openGrin({ books, faults: [{ fault: 'unknown-status', of: barcode }] })
  expect(await grin.process(barcode)).toEqual({ [barcode]: 'Something that no client knows' })
})

it('what comes by chance comes to the same books, whatever the order in which they are asked for', async () => {
  const barcodes = [...(await openGrin({ books })).books.barcodes()].slice(0, 10)
  const struck = async (order: string[], seed = 'a') => {
    const grin = await openGrin({ seed, books, faults: [{ fault: 'http-500', chance: 0.4 }] })
    const statuses = new Map<string, number[]>()
    for (const each of order) {
      statuses.set(each, [(await grin.head(each)).status, (await grin.head(each)).status])
    }
    return Object.fromEntries(statuses)
  }
  const there = await struck(barcodes)
  expect(await struck([...barcodes].reverse())).toEqual(there)
  expect(await struck(barcodes, 'b')).not.toEqual(there)
  const failed = Object.values(there)
    .flat()
    .filter((status) => status === 500)
  expect(failed.length).toBeGreaterThan(2)
  expect(failed.length).toBeLessThan(15)
})

it('a package is broken by chance in the same way each time', async () => {
  const grin = await openGrin({ books, faults: [{ fault: 'bad-checksum', chance: 0.5 }] })
  const plain = await openGrin({ books })
  const etag = async (of: typeof grin, each: string) => (await of.head(each)).headers.get('etag')
  const isBroken = async (each: string) => (await etag(grin, each)) !== (await etag(plain, each))
  const barcodes = [...grin.books.barcodes()].slice(0, 10)
  const broken = await Promise.all(barcodes.map(isBroken))
  expect(await Promise.all(barcodes.map(isBroken))).toEqual(broken)
  expect(new Set(broken).size).toBe(2)
})
