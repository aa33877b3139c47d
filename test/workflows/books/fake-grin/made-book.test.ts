import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serveFakeGrin } from '../../../../workflows/books/fake-grin/serve-fake-grin.ts'
import { metadataOf } from '../../../../workflows/books/mets/metadata.ts'
import { writeOcr } from '../../../../workflows/books/ocr/write-ocr.ts'
import { decryptFile } from '../../../../workflows/books/openpgp/decrypt-file.ts'
import { checkPackage } from '../../../../workflows/books/package/check-package.ts'
import { breakages } from '../../../../workflows/books/sample/break.ts'
import { unpackFile } from '../../../../workflows/books/tarball/unpack-file.ts'
import { samplePassphrase, scratchFolder } from '../scratch.ts'
import { asking, type OpenGrin, openGrin } from './open-grin.ts'

const barcode = '32101900000001'

/** Takes a book from GRIN as far as its metadata, as the stages do. */
async function take(grin: OpenGrin, passphrase = samplePassphrase, book = barcode) {
  const folder = scratchFolder()
  const [source, target] = [join(folder, 'book.tar.gz.gpg'), join(folder, 'book.tar.gz')]
  await writeFile(source, Buffer.from(await (await grin.get(book)).arrayBuffer()))
  await decryptFile({ source, target, passphrase })
  await unpackFile({ source: target, folder: join(folder, 'book') })
  const { files, mets } = await checkPackage(join(folder, 'book'), { barcode: book })
  const metadata = metadataOf(book, mets)
  const ocr = await writeOcr({
    folder: join(folder, 'book'),
    pages: files.pages,
    target: join(folder, 'ocr'),
  })
  return { files, metadata, ocr }
}

const made = (more: object = {}) => ({ books: { made: { count: 3, ...more }, converted: 10 } })

it.each([
  ['of no size to speak of', {}],
  ['of many pages', { pages: 301 }],
  ['that is decrypted in threads', { pages: 7, bytes: 3_000_000 }],
])('passes every check of the workflow: a made book %s', async (_, options) => {
  const grin = await openGrin(made(options))
  const { files, metadata, ocr } = await take(grin)
  const { pages = 12 } = options as { pages?: number }
  expect(files.pages).toBe(pages)
  expect(metadata).toMatchObject({
    barcode,
    pages,
    language: 'eng',
    title: expect.stringMatching(/^The .+ of /),
  })
  expect(ocr.empty).toBe(false)
})

it('a made book has about the bytes that were wished, and just those that HEAD tells', async () => {
  const grin = await openGrin(made({ pages: 20, bytes: 2_000_000 }))
  const head = await grin.head(barcode)
  const told = Number(head.headers.get('content-length'))
  const body = await (await grin.get(barcode)).arrayBuffer()
  expect(body.byteLength).toBe(told)
  expect(Math.abs(told - 2_000_000)).toBeLessThan(20_000)
})

it('the same seed gives the same bytes and the same ETag, another one others', async () => {
  const fetched = async (seed: string) => {
    const grin = await openGrin({ seed, ...made() })
    const answer = await grin.get(barcode)
    return {
      etag: answer.headers.get('etag'),
      body: Buffer.from(await answer.arrayBuffer()).toString('base64'),
    }
  }
  const [one, again, other] = [await fetched('one'), await fetched('one'), await fetched('other')]
  expect(again).toEqual(one)
  expect(other.etag).not.toBe(one.etag)
  expect(other.body).not.toBe(one.body)
})

it('serves the books of the sample as the files that ship', async () => {
  const grin = await openGrin(made())
  const file = new URL('../../../../workflows/books/sample/32101700000019.tar.gz.gpg', import.meta.url)
  const served = Buffer.from(await (await grin.get('32101700000019')).arrayBuffer())
  expect(served.equals(await readFile(file))).toBe(true)
})

it('opens with the passphrase that the made books were given', async () => {
  const grin = await openGrin({ ...made(), passphrase: 'swordfish' })
  await expect(take(grin, 'swordfish')).resolves.toBeDefined()
  await expect(take(grin)).rejects.toMatchObject({ code: 'WrongPassphraseOrDamaged' })
})

describe('a fault of the package', () => {
  let grin: OpenGrin
  beforeAll(async () => {
    grin = asking(await serveFakeGrin({ clock: 'manual', ...made() }))
  })
  afterAll(() => grin.close())

  it.each(
    Object.entries(breakages).flatMap(([fault, { defect }]) => [
      [fault, 'made', barcode, defect] as const,
      [fault, 'sample', '32101700000043', defect] as const,
    ]),
  )('%s breaks a %s book in just that way, the same each time', async (fault, _kind, of, defect) => {
    const id = grin.admin.inject({ fault, of })
    const told = Number((await grin.head(of)).headers.get('content-length'))
    const fetched = async () => Buffer.from(await (await grin.get(of)).arrayBuffer())
    const body = await fetched()
    expect(body.length).toBe(told)
    expect(body.equals(await fetched())).toBe(true)
    const taken = take(grin, samplePassphrase, of)
    if (fault === 'empty-ocr') expect((await taken).ocr.empty).toBe(true)
    else if (fault === 'without-title') expect((await taken).metadata.title).toBe(null)
    else await expect(taken).rejects.toMatchObject({ name: 'Defect', code: defect })
    grin.admin.clearFaults(id)
  })
})
