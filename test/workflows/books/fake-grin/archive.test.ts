import { expect, it } from 'vitest'
import { openGrin } from './open-grin.ts'

const barcode = '32101900000000'
const books = { sample: false, made: { count: 2, bytes: 400_000 }, converted: 2 }

it('HEAD tells a quoted ETag and the length, and downloads nothing', async () => {
  const grin = await openGrin({ books })
  const { status, headers } = await grin.head(barcode)
  expect(status).toBe(200)
  expect(headers.get('etag')).toMatch(/^"[0-9a-f]{32}"$/)
  expect(Number(headers.get('content-length'))).toBeGreaterThan(300_000)
  expect(headers.get('accept-ranges')).toBe('bytes')
  expect(grin.admin.book(barcode)?.state).toBe('CONVERTED')
  expect((await grin.head('32101900000002')).status).toBe(404)
})

it('goes on from a byte, if the archive is still the same', async () => {
  const grin = await openGrin({ books })
  const whole = Buffer.from(await (await grin.get(barcode)).arrayBuffer())
  const etag = (await grin.head(barcode)).headers.get('etag')!
  grin.admin.setState(barcode, 'CONVERTED')
  const middle = await grin.get(barcode, { range: 'bytes=100000-199999', 'if-range': etag })
  expect(middle.status).toBe(206)
  expect(middle.headers.get('content-range')).toBe(`bytes 100000-199999/${whole.length}`)
  expect(whole.subarray(100_000, 200_000).equals(Buffer.from(await middle.arrayBuffer()))).toBe(true)
  expect(grin.admin.book(barcode)?.state).toBe('CONVERTED')
  const rest = await grin.get(barcode, { range: 'bytes=200000-', 'if-range': etag })
  expect(whole.subarray(200_000).equals(Buffer.from(await rest.arrayBuffer()))).toBe(true)
  expect(grin.admin.book(barcode)?.state).toBe('PREVIOUSLY_DOWNLOADED')
  grin.admin.scanAnew(barcode)
  const anew = await grin.get(barcode, { range: 'bytes=200000-', 'if-range': etag })
  expect(anew.status).toBe(200)
  expect(anew.headers.get('etag')).not.toBe(etag)
  await anew.body!.cancel()
})

it.each([
  ['bytes=-5', 206],
  ['bytes=0-', 206],
  ['bytes=9-3', 200],
  ['bytes=1-2,4-5', 200],
  ['pages=1-2', 200],
  ['bytes=99999999-', 416],
  ['bytes=-0', 416],
])('answers the range %s with %i', async (range, status) => {
  const grin = await openGrin({ books })
  const answer = await grin.get(barcode, { range })
  expect(answer.status).toBe(status)
  if (range === 'bytes=-5') expect((await answer.arrayBuffer()).byteLength).toBe(5)
  else await answer.body?.cancel()
})

it('knows no ranges when it is told so', async () => {
  const grin = await openGrin({ books, hasRanges: false })
  const answer = await grin.get(barcode, { range: 'bytes=100-' })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('accept-ranges')).toBe(null)
  await answer.body!.cancel()
})

it('a download that the client gives up is none', async () => {
  const grin = await openGrin({ books: { ...books, made: { count: 1, bytes: 60_000_000 } } })
  await (await grin.get(barcode)).body!.cancel()
  expect((await grin.head(barcode)).status).toBe(200)
  expect(grin.admin.book(barcode)?.state).toBe('CONVERTED')
})
