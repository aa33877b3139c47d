import { expect, it } from 'vitest'
import { openGrin } from './open-grin.ts'

const dayMs = 86_400_000
const barcodeOf = (number: number) => `3210190${String(number).padStart(7, '0')}`
const [first, second] = [barcodeOf(0), barcodeOf(1)]
const made = (count = 3) => ({ books: { sample: false, made: { count } } })

it('a book goes from NEW by way of a conversion and a download to PREVIOUSLY_DOWNLOADED', async () => {
  const grin = await openGrin({ ...made(), conversionMs: 10 * dayMs })
  expect((await grin.head(first)).status).toBe(404)
  expect(await grin.process(first)).toEqual({ [first]: 'Success' })
  expect(await grin.process(first)).toEqual({ [first]: 'Already being processed' })
  expect(await grin.names('_in_process')).toEqual([first])
  grin.admin.advance(10 * dayMs - 1)
  expect(await grin.names('_in_process')).toEqual([first])
  expect((await grin.get(first)).status).toBe(404)
  grin.admin.advance(1)
  expect(await grin.names('_in_process')).toEqual([])
  expect(await grin.names('_converted')).toEqual([`${first}.tar.gz.gpg`])
  expect(await grin.process(first)).toEqual({ [first]: 'Already available for download' })
  expect((await grin.head(first)).status).toBe(200)
  expect(grin.admin.book(first)?.state).toBe('CONVERTED')
  await (await grin.get(first)).arrayBuffer()
  expect(grin.admin.book(first)).toMatchObject({
    state: 'PREVIOUSLY_DOWNLOADED',
    downloadedAt: grin.clock.now(),
  })
  expect(await grin.names('_converted')).toEqual([`${first}.tar.gz.gpg`])
})

it('takes many barcodes in a body, as they are or as a form has them', async () => {
  const grin = await openGrin(made(4))
  const post = async (body: string | URLSearchParams) =>
    (await grin.ask('_process', { method: 'POST', body })).text()
  expect(await post(`${first}\n${second}\nunknown`)).toBe(
    `Barcode\tStatus\n${first}\tSuccess\n${second}\tSuccess\nunknown\tUnknown barcode\n`,
  )
  const form = new URLSearchParams({ barcodes: `${barcodeOf(2)}\n${barcodeOf(3)}` })
  expect(await post(form)).toBe(`Barcode\tStatus\n${barcodeOf(2)}\tSuccess\n${barcodeOf(3)}\tSuccess\n`)
  expect((await grin.ask('_process')).status).toBe(400)
})

it('refuses a book that is not available', async () => {
  const grin = await openGrin({ ...made(), faults: [{ fault: 'not-available', of: first }] })
  expect(await grin.process(first)).toEqual({ [first]: 'Not allowed to be converted' })
  expect(await grin.names('_available')).not.toContain(first)
})

it('a conversion takes 7 to 14 days, as the seed has it', async () => {
  const ends = async (seed: string) => {
    const grin = await openGrin({ ...made(50), seed })
    await grin.ask('_process', { method: 'POST', body: [...grin.books.barcodes()].join('\n') })
    return [...grin.books.barcodes()].map(
      (barcode) => (grin.admin.book(barcode)!.dueAt! - grin.clock.now()) / dayMs,
    )
  }
  const days = await ends('a')
  expect(Math.min(...days)).toBeGreaterThanOrEqual(7)
  expect(Math.max(...days)).toBeLessThanOrEqual(14)
  expect(new Set(days).size).toBeGreaterThan(40)
  expect(await ends('a')).toEqual(days)
  expect(await ends('b')).not.toEqual(days)
})

it('answers 429 while the queue is full, and changes nothing then', async () => {
  const grin = await openGrin({ ...made(5), queueLimit: 2, conversionMs: dayMs })
  await grin.process(first)
  const both = await grin.ask('_process', { method: 'POST', body: `${second}\n${barcodeOf(2)}` })
  expect(both.status).toBe(429)
  expect(await grin.names('_in_process')).toEqual([first])
  await grin.process(second)
  expect((await grin.ask(`_process?barcodes=${barcodeOf(2)}`)).status).toBe(429)
  // What is in the queue already takes no place in it.
  expect(await grin.process(first)).toEqual({ [first]: 'Already being processed' })
  grin.admin.advance(dayMs)
  expect(await grin.process(barcodeOf(2))).toEqual({ [barcodeOf(2)]: 'Success' })
})

it('has a queue of 50,000', async () => {
  const grin = await openGrin(made(50_001))
  const all = [...grin.books.barcodes()]
  const post = (barcodes: string[]) => grin.ask('_process', { method: 'POST', body: barcodes.join('\n') })
  expect((await post(all.slice(0, 50_000))).status).toBe(200)
  expect((await post(all.slice(50_000))).status).toBe(429)
  expect(grin.admin.queued()).toBe(50_000)
})

it('a book that is lost ends in no list, one that fails in _failed, from where it can be asked for again', async () => {
  const faults = [
    { fault: 'lost', of: first },
    { fault: 'conversion-failed', of: second },
  ]
  const grin = await openGrin({ ...made(), conversionMs: dayMs, faults })
  await grin.process(`${first}+${second}`)
  grin.admin.advance(dayMs)
  for (const list of ['_available', '_in_process', '_converted', '_failed'])
    expect(await grin.names(list)).not.toContain(first)
  expect(await grin.names('_failed')).toEqual([second])
  expect((await grin.head(second)).status).toBe(404)
  grin.admin.clearFaults()
  expect(await grin.process(second)).toEqual({ [second]: 'Success' })
  grin.admin.advance(dayMs)
  expect(await grin.names('_converted')).toEqual([`${second}.tar.gz.gpg`])
})

it('follows another clock', async () => {
  let now = Date.UTC(2030, 0, 1)
  const grin = await openGrin({ ...made(), clock: { now: () => now }, conversionMs: dayMs })
  await grin.process(first)
  now += dayMs
  expect(grin.admin.book(first)).toMatchObject({ state: 'CONVERTED', convertedAt: now })
})
