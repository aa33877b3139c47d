import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { writeOcr } from '../../../workflows/books/ocr/write-ocr.ts'
import { lookThrough } from '../../../workflows/books/package/look-through.ts'
import { checksumsOf, type Member, makeArchive } from '../../../workflows/books/sample/make-archive.ts'
import { capsFor } from '../../../workflows/books/tarball/members.ts'
import { unpackFile } from '../../../workflows/books/tarball/unpack-file.ts'
import { mets, pages } from '../../chaos/hostile/good-book.ts'
import { scratchFolder } from './scratch.ts'

const barcode = 'plain-book'
const good = pages(barcode)
const summed = (members: readonly Member[]): Member[] => [...members, checksumsOf(members)]
const renamed = (change: (name: string) => string) =>
  summed(good).map((each) => ({ ...each, name: change(each.name) }))
const changed = (pattern: RegExp, change: (body: Buffer) => Buffer) =>
  summed(good.map((each) => (pattern.test(each.name) ? { ...each, body: change(each.body) } : each)))

async function look(archive: Buffer) {
  const at = scratchFolder()
  const source = join(at, 'book.tar.gz')
  writeFileSync(source, archive)
  const folder = join(at, 'looked')
  const signal = new AbortController().signal
  const caps = capsFor(archive.length)
  const found = await lookThrough({ source, folder, barcode, caps, signal, progress: () => {} })
  return { at, source, folder, found }
}

it('of a package that is as it should be the METS and the texts are kept', async () => {
  const { at, source, folder, found } = await look(makeArchive(summed(good)))
  const bytes = summed(good).reduce((sum, { body }) => sum + body.length, 0)
  expect(found).toEqual({ bytes, pages: 1, mets: `LIB_${barcode}.xml` })
  expect(readdirSync(folder)).toEqual([`LIB_${barcode}.xml`, 'texts.jsonl'])
  await unpackFile({ source, folder: join(at, 'unpacked') })
  const target = join(at, 'ocr.jsonl.gz')
  await writeOcr({ folder: join(at, 'unpacked'), pages: 1, target })
  expect(readFileSync(join(folder, 'texts.jsonl'))).toEqual(gunzipSync(readFileSync(target)))
})

const sha1 = createHash('sha1').update('other').digest('hex')
const listed = `<mets:fileSec><mets:fileGrp><mets:file CHECKSUM="${sha1}" CHECKSUMTYPE="SHA-1"><mets:FLocat xlink:href="00000001.txt"/></mets:file></mets:fileGrp></mets:fileSec>`
const withMode = (archive: Buffer) => {
  const tar = gunzipSync(archive)
  // The mode, and then the sum of the header, which has it in it.
  tar.write('004644 ', 100, 'latin1')
  tar.fill(0x20, 148, 156)
  const sum = tar.subarray(0, 512).reduce((all, byte) => all + byte, 0)
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return gzipSync(tar)
}

it.each([
  ['names with ./ in front', makeArchive(renamed((name) => `./${name}`))],
  ['all in a folder', makeArchive(renamed((name) => `${barcode}/${name}`))],
  ['an entry for the folder', makeArchive([{ name: './', body: Buffer.alloc(0) }, ...summed(good)])],
  ['an odd mode', withMode(makeArchive(summed(good)))],
  ['padding after the end', Buffer.concat([makeArchive(summed(good)), Buffer.alloc(512)])],
  [
    'a tape’s padding',
    gzipSync(Buffer.concat([gunzipSync(makeArchive(summed(good))), Buffer.alloc(2 ** 20)])),
  ],
  ['no end mark', gzipSync(gunzipSync(makeArchive(summed(good))).subarray(0, -1024))],
  [
    'another md5',
    makeArchive([...good, { name: 'checksum.md5', body: Buffer.from(`${'0'.repeat(32)}  a\n`) }]),
  ],
  ['a file of no package', makeArchive(summed([...good, { name: 'README', body: Buffer.from('a') }]))],
  ['a text that is not UTF-8', makeArchive(changed(/txt$/, () => Buffer.of(0xff)))],
  ['no text', makeArchive(changed(/txt$/, () => Buffer.alloc(0)))],
  ['half an image', makeArchive(changed(/tif$/, (body) => body.subarray(0, 20)))],
  ['a long file', makeArchive(changed(/tif$/, (body) => Buffer.concat([body, Buffer.alloc(2 ** 24)])))],
  ['other digests than md5', makeArchive(summed(pages(barcode, mets({ more: listed }))))],
])('of a package with %s nothing is said, and nothing is kept', async (_, archive) => {
  const { at, found } = await look(archive)
  expect(found).toBe(undefined)
  expect(readdirSync(at)).toEqual(['book.tar.gz'])
})

it('what cannot be unpacked is refused as when it is unpacked', async () => {
  await expect(look(makeArchive(renamed((name) => `../${name}`)))).rejects.toMatchObject({
    code: 'BadFilename',
  })
  await expect(look(makeArchive(summed(good)).subarray(0, -9))).rejects.toMatchObject({ code: 'BadFile' })
})
