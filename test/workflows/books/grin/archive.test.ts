import { expect, it } from 'vitest'
import { openGrin } from '../fake-grin/open-grin.ts'
import { clientOf } from './client.ts'

const first = '32101900000000'
const books = { sample: false, made: { count: 2, pages: 4, bytes: 200_000 }, converted: 1 }

async function bytesOf(body: AsyncIterable<Uint8Array>, most = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= most) break
  }
  return Buffer.concat(chunks)
}

it('sees which version of an archive is offered, and that none is', async () => {
  const { grin, asking } = clientOf(await openGrin({ books }))
  const offered = await grin.look(first, asking)
  expect(offered?.etag).toMatch(/^[^"]+$/)
  expect(offered?.bytes).toBeGreaterThan(200_000)
  expect(await grin.look('32101900000001', asking)).toBeUndefined()
  expect(await grin.begin('32101900000001', asking)).toBeUndefined()
})

it('goes on with a download where it ended, if it is still the same version', async () => {
  const fake = await openGrin({ books })
  const { grin, asking } = clientOf(fake)
  const whole = await grin.begin(first, asking)
  const bytes = await bytesOf(whole!.body)
  expect(bytes).toHaveLength(whole!.bytes)
  const had = { etag: whole!.etag, bytes: 150_000 }
  const rest = await grin.begin(first, { ...asking, had })
  expect(rest).toMatchObject({ from: 150_000, bytes: whole!.bytes, etag: whole!.etag })
  expect((await bytesOf(rest!.body)).equals(bytes.subarray(150_000))).toBe(true)
  fake.admin.scanAnew(first)
  const other = await grin.begin(first, { ...asking, had })
  expect(other?.from).toBe(0)
  expect(other?.etag).not.toBe(whole!.etag)
  other!.leave()
})

it('begins at the start where parts cannot be had, or what is here is longer than the archive', async () => {
  const without = clientOf(await openGrin({ books, hasRanges: false }))
  const offered = await without.grin.look(first, without.asking)
  const had = { etag: offered!.etag, bytes: 1000 }
  const begun = await without.grin.begin(first, { ...without.asking, had })
  expect(begun?.from).toBe(0)
  begun!.leave()
  const { grin, asking } = clientOf(await openGrin({ books }))
  const { etag, bytes } = (await grin.look(first, asking))!
  const again = await grin.begin(first, { ...asking, had: { etag, bytes } })
  expect(again?.from).toBe(0)
  again!.leave()
})

it.each([
  ['no-etag', /ETag none/],
  ['http-500', /answered 500/],
] as const)('refuses an answer with %s', async (fault, message) => {
  const { grin, asking } = clientOf(await openGrin({ books, faults: [{ fault, of: first }] }))
  await expect(grin.look(first, asking)).rejects.toMatchObject({ code: 'GRINError', message })
  await expect(grin.begin(first, asking)).rejects.toMatchObject({ code: 'GRINError', message })
})
