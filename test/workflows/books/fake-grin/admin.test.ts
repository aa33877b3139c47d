import { expect, it } from 'vitest'
import { type OpenGrin, openGrin } from './open-grin.ts'

const barcode = '32101900000000'
const books = { sample: false, made: { count: 3 }, converted: 1 }

/** Asks the admin API; the status stands beside what it answers. */
async function admin(grin: OpenGrin, method: string, path: string, body?: object) {
  const answer = await fetch(`${grin.url}/admin${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
}

it('moves the clock on', async () => {
  const grin = await openGrin({ books })
  const { body } = await admin(grin, 'GET', '/clock')
  expect(body).toEqual({ now: Date.UTC(2026, 0, 1), time: '2026-01-01T00:00:00.000Z' })
  const moved = await admin(grin, 'POST', '/clock/advance', { ms: 86_400_000 })
  expect(moved.body.time).toBe('2026-01-02T00:00:00.000Z')
  const refused = await admin(grin, 'POST', '/clock/advance', { ms: -1 })
  expect(refused).toMatchObject({ status: 400, body: { error: expect.stringContaining('ms') } })
})

it('pins faults, lists them and takes them away', async () => {
  const grin = await openGrin({ books })
  const pinned = await admin(grin, 'POST', '/faults', { fault: 'http-500', of: barcode })
  expect(pinned).toEqual({ status: 201, body: { id: 1 } })
  await admin(grin, 'POST', '/faults', { fault: 'lost', chance: 0.5 })
  expect((await grin.head(barcode)).status).toBe(500)
  expect((await admin(grin, 'GET', '/faults')).body).toEqual([
    { id: 1, rule: { fault: 'http-500', of: barcode } },
    { id: 2, rule: { fault: 'lost', chance: 0.5 } },
  ])
  expect((await admin(grin, 'DELETE', '/faults/1')).body).toEqual({ cleared: 1 })
  expect((await grin.head(barcode)).status).toBe(200)
  expect((await admin(grin, 'DELETE', '/faults/1')).status).toBe(404)
  expect((await admin(grin, 'DELETE', '/faults')).body).toEqual({ cleared: 1 })
  const unknown = await admin(grin, 'POST', '/faults', { fault: 'http-418' })
  const lasting = await admin(grin, 'POST', '/faults', { fault: 'bad-utf8', times: 1 })
  expect(lasting).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('lies in the book itself') },
  })
  expect(unknown).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('There is no such fault') },
  })
})

it('begins and ends an outage', async () => {
  const grin = await openGrin({ books })
  expect((await admin(grin, 'PUT', '/outage')).body).toEqual({ isOut: true })
  expect((await grin.head(barcode)).status).toBe(503)
  expect((await grin.ask('_all_books')).status).toBe(503)
  expect((await admin(grin, 'DELETE', '/outage')).body).toEqual({ isOut: false })
  expect((await grin.head(barcode)).status).toBe(200)
})

it('tells of a book, puts it into a state, and has it scanned anew', async () => {
  const grin = await openGrin({ books })
  expect((await admin(grin, 'GET', `/books/${barcode}`)).body).toMatchObject({
    barcode,
    state: 'CONVERTED',
    edition: 0,
  })
  const etag = (await grin.head(barcode)).headers.get('etag')
  const anew = await admin(grin, 'PATCH', `/books/${barcode}`, { scanAnew: true })
  expect(anew.body).toMatchObject({ state: 'CONVERTED', edition: 1 })
  expect((await grin.head(barcode)).headers.get('etag')).not.toBe(etag)
  for (const state of ['NEW', 'IN_PROCESS', 'FAILED', 'NOT_AVAILABLE', 'LOST']) {
    expect((await admin(grin, 'PATCH', `/books/${barcode}`, { state })).body).toMatchObject({ state })
    expect((await grin.head(barcode)).status).toBe(404)
  }
  expect((await admin(grin, 'GET', '/books/unknown')).status).toBe(404)
  expect((await admin(grin, 'PATCH', '/books/unknown', { state: 'NEW' })).status).toBe(404)
  expect((await admin(grin, 'PATCH', `/books/${barcode}`, { state: 'SOLD' })).status).toBe(400)
})

it('counts the requests to the library, by kind and by second, and none to itself', async () => {
  const grin = await openGrin({ books, auth: {} })
  for (let request = 0; request < 3; request++) await grin.ask('_all_books')
  await grin.process(barcode)
  grin.admin.advance(5000)
  await grin.head(barcode)
  const { body } = await admin(grin, 'GET', '/counters')
  expect(body).toMatchObject({
    requests: 5,
    byClock: {
      requests: 5,
      mostInASecond: 4,
      bySecond: [
        { second: '2026-01-01T00:00:00.000Z', requests: 4 },
        { second: '2026-01-01T00:00:05.000Z', requests: 1 },
      ],
    },
    byKind: { list: { requests: 3 }, process: { requests: 1 }, head: { requests: 1 }, get: { requests: 0 } },
  })
  expect(body.mostInASecond).toBeGreaterThan(0)
  expect((await admin(grin, 'DELETE', '/counters')).status).toBe(204)
  expect(grin.admin.counters().requests).toBe(0)
})

it('tells how it is', async () => {
  const grin = await openGrin({ books })
  await grin.process('32101900000001')
  expect((await admin(grin, 'GET', '')).body).toMatchObject({ queued: 1, isOut: false })
})
