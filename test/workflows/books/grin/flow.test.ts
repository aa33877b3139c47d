import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { FakeGrinOptions } from '../../../../workflows/books/fake-grin/fake-grin-options.ts'
import { grinSource } from '../../../../workflows/books/source/grin-source.ts'
import { openGrin } from '../fake-grin/open-grin.ts'
import { openLibrary, quick } from '../library.ts'
import { scratchFolder } from '../scratch.ts'
import { clientOf } from './client.ts'

const day = 86_400_000
const within = { timeout: 60_000, interval: 20 }
const nth = (n: number) => `3210190000000${n}`

/** The book workflow on a fake GRIN, whose clock it goes by. */
async function open(options: FakeGrinOptions) {
  const fake = await openGrin({ conversionMs: [7 * day, 14 * day], ...options })
  const { grin } = clientOf(fake)
  const root = scratchFolder()
  const library = await openLibrary(root, quick, {
    grin,
    source: grinSource(grin),
    now: () => fake.clock.now(),
    awaiting: { everyMs: 50 },
  })
  onTestFinished(library.close)
  // The rate itself is seen below.
  const fast = { units: 1000, perMs: 1000, burst: 1000 }
  await library.backend.commit([{ kind: 'gate', name: 'grin', rate: fast, actor: 'test' }])
  return { ...library, fake, root }
}

const made = (count: number, converted = 0) => ({ sample: false, made: { count, pages: 3 }, converted })
const isIn = (
  library: { backend: Awaited<ReturnType<typeof open>>['backend'] },
  queue: string,
  count: number,
) =>
  vi.waitUntil(async () => {
    const counts = (await library.backend.count(`books/${queue}`))[0]
    return counts !== undefined && counts.waiting + counts.ready === count
  }, within)

it('has books converted, waits for all of them with one poll, and stores them', async () => {
  const library = await open({ books: made(4, 1) })
  for (const barcode of library.fake.books.barcodes()) await library.want(barcode)
  library.work()
  await isIn(library, 'awaitConversion', 3)
  await vi.waitUntil(async () => (await library.finished()).size === 1, within)
  library.fake.admin.advance(14 * day)
  await vi.waitUntil(async () => (await library.finished()).size === 4, within)
  for (const [, book] of await library.finished()) expect(book).toMatchObject({ tag: 'Done', pages: 3 })
  expect(await library.staged()).toEqual([])
  const { byKind } = library.fake.admin.counters()
  expect(byKind.process.requests).toBe(3)
  expect(byKind.get.requests).toBe(4)
}, 70_000)

it('asks for its room, before it is downloaded, for a book that was converted when it was waited for', async () => {
  const library = await open({ books: made(1) })
  await library.want(nth(0))
  const shut = {
    kind: 'gate',
    name: 'books/decrypt',
    closed: true,
    actor: 'test',
    reason: 'to look',
  } as const
  await library.backend.commit([shut])
  library.work()
  await isIn(library, 'awaitConversion', 1)
  library.fake.admin.advance(14 * day)
  await isIn(library, 'decrypt', 1)
  const [row] = (await library.backend.list('books/decrypt')).rows
  const { archive } = row!.value as any
  const disk = (await library.backend.gates()).find(({ name }) => name === 'disk')
  expect(disk?.held).toBe(Math.ceil(archive.bytes * 3.1))
}, 70_000)

it('skips what storage has, with one request, and takes a version that is new', async () => {
  const library = await open({ books: made(1, 1) })
  library.work()
  await library.want(nth(0))
  await vi.waitUntil(async () => (await library.finished()).get(nth(0))?.tag === 'Done', within)
  library.fake.admin.resetCounters()
  await library.want(nth(0))
  await vi.waitUntil(async () => (await library.finished()).get(nth(0))?.tag === 'Skipped', within)
  expect(library.fake.admin.counters()).toMatchObject({ requests: 1, byKind: { head: { requests: 1 } } })
  library.fake.admin.scanAnew(nth(0))
  await library.want(nth(0))
  await vi.waitUntil(async () => (await library.finished()).get(nth(0))?.tag === 'Done', within)
}, 70_000)

it('lets people know what GRIN could not convert, will not, and has lost', async () => {
  const library = await open({
    books: made(5),
    faults: [
      { fault: 'conversion-failed', of: nth(0) },
      { fault: 'lost', of: nth(1) },
      { fault: 'unknown-status', of: nth(2) },
      { fault: 'not-available', of: nth(3) },
    ],
  })
  for (const n of [0, 1, 2, 3]) await library.want(nth(n))
  library.work()
  await isIn(library, 'awaitConversion', 2)
  library.fake.admin.advance(15 * day)
  await vi.waitUntil(async () => (await library.stopped()).size === 4, within)
  const stopped = await library.stopped()
  expect([0, 1, 2, 3].map((n) => stopped.get(nth(n)).reason.class)).toEqual([
    ...['conversion', 'lost', 'unavailable', 'unavailable'],
  ])
  expect(stopped.get(nth(0)).retryFrom).toEqual(['check', 'request'])
  // It is known to have failed when it is wanted again.
  await library.want(nth(0))
  await vi.waitUntil(async () => (await library.stopped()).get(nth(0))?.reason.stage === 'check', within)
  expect((await library.stopped()).get(nth(0)).reason.class).toBe('conversion')
}, 70_000)

it('takes refusals for no failures of GRIN, however many there are', async () => {
  const library = await open({ books: made(12), faults: [{ fault: 'not-available' }] })
  for (const barcode of library.fake.books.barcodes()) await library.want(barcode)
  library.work()
  await vi.waitUntil(async () => (await library.stopped()).size === 12, within)
  const gates = await library.backend.gates()
  expect(gates.find(({ name }) => name === 'grin')).toMatchObject({ failures: 0, closed: false })
}, 70_000)

it('waits at a gate while the queue of conversions is full, and blames no book for it', async () => {
  const library = await open({ books: made(3), queueLimit: 1 })
  for (const n of [0, 1, 2]) await library.want(nth(n))
  library.work()
  await isIn(library, 'awaitConversion', 1)
  await vi.waitUntil(async () => {
    const gates = await library.backend.gates()
    return gates.some(({ name, closed }) => name === 'conversions' && closed)
  }, within)
  expect((await library.stopped()).size).toBe(0)
  await isIn(library, 'request', 2)
  const { rows } = await library.backend.list('books/request')
  expect(rows.map(({ attempts }) => attempts)).toEqual([0, 0])
  library.fake.admin.advance(14 * day)
  await library.backend.commit([{ kind: 'gate', name: 'conversions', closed: false }])
  await isIn(library, 'awaitConversion', 1)
}, 70_000)

it('goes on with a download that was cut, whose bytes are then those of GRIN', async () => {
  const books = { sample: false, made: { count: 1, pages: 3, bytes: 3_000_000 }, converted: 1 }
  const library = await open({ books, faults: [{ fault: 'reset', of: nth(0), on: 'get', times: 1 }] })
  await library.want(nth(0))
  library.work()
  await vi.waitUntil(async () => (await library.finished()).size === 1, within)
  const done = (await library.finished()).get(nth(0))
  expect(done.tag).toBe('Done')
  const lines = (await library.backend.journey('books', nth(0)))?.lines ?? []
  expect(lines.filter(({ event }) => event === 'postponed')).toHaveLength(1)
  const [version] = readdirSync(join(library.root, 'done', nth(0)))
  expect(
    readFileSync(join(library.root, 'done', nth(0), version!, `${nth(0)}.tar.gz`)).length,
  ).toBeGreaterThan(0)
}, 70_000)

it('asks for the conversion of what is offered no more when it is to be downloaded', async () => {
  const library = await open({ books: made(1, 1), faults: [{ fault: 'http-404', of: nth(0), on: 'get' }] })
  await library.want(nth(0))
  library.work()
  await vi.waitUntil(async () => {
    const lines = (await library.backend.journey('books', nth(0)))?.lines ?? []
    return lines.some(({ queue }) => queue === 'books/request')
  }, within)
}, 70_000)

it('rests while GRIN is out of order, and blames no book for that', async () => {
  const library = await open({ books: made(2, 2) })
  library.fake.admin.setOutage(true)
  for (const n of [0, 1]) await library.want(nth(n))
  library.work()
  await vi.waitUntil(async () => {
    const gates = await library.backend.gates()
    return gates.some(({ name, closed }) => name === 'grin' && closed)
  }, within)
  library.fake.admin.setOutage(false)
  expect((await library.stopped()).size).toBe(0)
  // One that was being asked for meanwhile may close it once more.
  await vi.waitUntil(async () => {
    await library.backend.commit([{ kind: 'gate', name: 'grin', closed: false }])
    return (await library.finished()).size === 2
  }, within)
}, 70_000)

it('makes four requests a second and no more, in however many stages', async () => {
  const library = await open({ books: made(6, 3) })
  await library.backend.commit([{ kind: 'gate', name: 'grin', rate: null, actor: 'test' }])
  for (const barcode of library.fake.books.barcodes()) await library.want(barcode)
  const began = performance.now()
  library.work()
  await isIn(library, 'awaitConversion', 3)
  await vi.waitUntil(async () => (await library.finished()).size === 3, within)
  // Six looks, three requests, three downloads, one list of failures, and what the poll asks.
  const { requests } = library.fake.admin.counters()
  expect(requests).toBeGreaterThanOrEqual(13)
  // Within a single second a busy machine may bunch what it sends.
  expect(requests).toBeLessThanOrEqual(1 + (4 * (performance.now() - began)) / 1000)
}, 70_000)
