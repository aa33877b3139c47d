import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type Content,
  chunksOf,
  contentOf,
  sliceOf,
  withByte,
} from '../../../../workflows/books/fake-grin/archive/content.ts'
import { gzipContent } from '../../../../workflows/books/fake-grin/archive/gzip-content.ts'
import { sealedContent } from '../../../../workflows/books/fake-grin/archive/sealed-content.ts'
import { digestOf, noise } from '../../../../workflows/books/fake-grin/random.ts'
import { decryptFile } from '../../../../workflows/books/openpgp/decrypt-file.ts'
import { scratchFolder } from '../scratch.ts'

const some = (bytes: number): Content => ({ bytes, chunks: () => noise(digestOf('some'), bytes) })
const all = (content: Content) => Buffer.concat([...content.chunks()])

/** Parts of a content, cut anywhere. */
const cut = fc
  .array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 })
  .map((parts) => parts.map((part) => Buffer.from(part)))
const contentOfParts = (parts: Buffer[]): Content => ({
  bytes: Buffer.concat(parts).length,
  chunks: () => parts,
})

it('a slice is what a slice of the whole is', () => {
  fc.assert(
    fc.property(cut, fc.nat(40), fc.nat(40), (parts, from, more) => {
      const whole = Buffer.concat(parts)
      const slice = all(sliceOf(contentOfParts(parts), from, from + more))
      expect(slice.equals(whole.subarray(from, from + more))).toBe(true)
    }),
  )
})

it('chunks of one size are the same bytes, in that size', () => {
  fc.assert(
    fc.property(cut, fc.integer({ min: 1, max: 30 }), (parts, size) => {
      const chunks = [...chunksOf(size, parts)]
      expect(Buffer.concat(chunks).equals(Buffer.concat(parts))).toBe(true)
      for (const chunk of chunks.slice(0, -1)) expect(chunk.length).toBe(size)
      for (const chunk of chunks) expect(chunk.length).toBeGreaterThan(0)
    }),
  )
})

it('only the one byte is changed, and not in what was there', () => {
  fc.assert(
    fc.property(cut, fc.nat(40), (parts, at) => {
      const before = Buffer.concat(parts)
      const after = all(withByte(contentOfParts(parts), at, (byte) => byte ^ 1))
      expect(Buffer.concat(parts).equals(before)).toBe(true)
      const different = [...after.keys()].filter((place) => after[place] !== before[place])
      expect(different).toEqual(at < before.length ? [at] : [])
    }),
  )
})

it.each([1, 65_534, 65_535, 65_536, 131_070, 200_000])(
  '%i bytes gzipped are as long as was told, and the same',
  (bytes) => {
    const gzip = gzipContent(some(bytes))
    const made = all(gzip)
    expect(made.length).toBe(gzip.bytes)
    expect(gunzipSync(made).equals(all(some(bytes)))).toBe(true)
  },
)

it.each([1, 65_500, 65_536, 1_048_576, 2_500_000])(
  '%i bytes sealed are as long as was told, and open',
  async (bytes) => {
    const sealed = sealedContent(some(bytes), { passphrase: 'swordfish', random: digestOf('seal') })
    const folder = scratchFolder()
    const [source, target] = [join(folder, 'sealed'), join(folder, 'open')]
    const made = all(sealed)
    expect(made.length).toBe(sealed.bytes)
    await writeFile(source, made)
    const opened = await decryptFile({ source, target, passphrase: 'swordfish' })
    expect(opened.bytes).toBe(bytes)
  },
)

it('what has more than 4 GiB cannot be sealed', () => {
  const sealing = { passphrase: 'swordfish', random: digestOf('seal') }
  expect(() => sealedContent({ ...contentOf(Buffer.alloc(0)), bytes: 2 ** 32 }, sealing)).toThrow(
    'A made book has at most 4 GiB.',
  )
})
