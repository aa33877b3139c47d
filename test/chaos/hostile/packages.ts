import { gzipSync } from 'node:zlib'
import { tiff } from '../../workflows/books/page-files.ts'
import { book, checksums, mets, pages } from './good-book.ts'
import type { Hostile } from './hostile.ts'
import { tar } from './tar-bytes.ts'

const inMets = (xml: () => string | Buffer, reason: RegExp, short?: true): Hostile => ({
  archive: (barcode) => gzipSync(book(pages(barcode, xml())), { level: 1 }),
  reason,
  ...(short && { short }),
})

/** A book one of whose files has another body, which its `checksum.md5` knows. */
const withBody = (name: string, body: () => Buffer, reason: RegExp): Hostile => ({
  archive: (barcode) =>
    gzipSync(book(pages(barcode).map((page) => (page.name === name ? { name, body: body() } : page))), {
      level: 1,
    }),
  reason,
})

/** A book whose `checksum.md5` has more lines than it should. */
const withLines = (lines: () => Buffer, reason: RegExp, short?: true): Hostile => ({
  archive(barcode) {
    const sums = checksums(pages(barcode)).body!
    return gzipSync(tar(...pages(barcode), { name: 'checksum.md5', body: Buffer.concat([sums, lines()]) }), {
      level: 1,
    })
  },
  reason,
  ...(short && { short }),
})

const laughs = `<!DOCTYPE m [<!ENTITY a "${'ha'.repeat(100)}">${[...'bcdefghi'].map((name, n) => `<!ENTITY ${name} "${`&${'abcdefgh'[n]};`.repeat(10)}">`).join('')}]>`
const notMets = (why: string) => new RegExp(`^BadFile: LIB_.*\\.xml is not a well-formed METS: .*${why}`)
/** Books whose archive is sound and whose files are not, by what they are. */
export const packages: Readonly<Record<string, Hostile>> = {
  'a METS of a billion laughs': inMets(
    () => mets({ prolog: laughs, title: '&i;' }),
    notMets('a document type is not allowed'),
    true,
  ),
  'a METS with entities of elsewhere': inMets(
    () => mets({ prolog: '<!DOCTYPE m SYSTEM "file:///etc/passwd">' }),
    notMets('a document type is not allowed'),
  ),
  'a METS with an unknown entity': inMets(() => mets({ title: '&e;' }), notMets('undefined entity')),
  'a METS a million elements deep': inMets(
    () => mets({ more: '<mets:div>'.repeat(1_000_000) }),
    notMets('nested deeper than'),
    true,
  ),
  'a METS of 120 MB of one text': inMets(
    () => mets({ title: 'x'.repeat(120e6) }),
    /^TooLarge: LIB_.*\.xml is larger than/,
  ),
  'a MARC field of a megabyte': inMets(() => mets({ title: 'x'.repeat(1e6) }), notMets('longer than')),
  'a MARC record of a million fields': inMets(
    () =>
      mets({
        title: `</slim:subfield></slim:datafield>${'<slim:datafield tag="650"/>'.repeat(1_000_000)}<slim:datafield tag="500"><slim:subfield code="a">`,
      }),
    notMets('more than .* fields'),
  ),
  'an element of 100,000 attributes': inMets(
    () => mets({ more: `<mets:div ${Array.from({ length: 100_000 }, (_, n) => `a${n}="x"`).join(' ')}/>` }),
    notMets('more than .* attributes'),
  ),
  'a METS of a million pages': inMets(
    () => mets({ more: '<gbs:ocr_page/>'.repeat(1_000_000) }),
    /^NotEqualValues: LIB_.* counts 1000001 pages/,
  ),
  'a METS that is not UTF-8': inMets(
    () => Buffer.concat([Buffer.from(mets()), Buffer.of(0xff)]),
    notMets(''),
  ),
  'a text that is not UTF-8': withBody(
    '00000001.txt',
    () => Buffer.of(0x41, 0xc0, 0xaf),
    /^BadUTF: 00000001\.txt is not UTF-8\.$/,
  ),
  'hOCR that is not UTF-8': withBody(
    '00000001.html',
    () => Buffer.of(0x41, 0xed, 0xa0, 0x80),
    /^BadUTF: 00000001\.html is not UTF-8\.$/,
  ),
  'hOCR of millions of tags that do not end': withBody(
    '00000001.html',
    () => Buffer.alloc(16e6, '<a b="'),
    /^BadFile: 00000001\.html is cut short: it ends within a tag\.$/,
  ),
  'a TIFF whose directories go in a circle': withBody(
    '00000001.tif',
    () => tiff({ next: 28 }),
    /^BadFile: 00000001\.tif is no whole TIFF image: its directories go on without end\.$/,
  ),
  'a TIFF of four billion strips': withBody(
    '00000001.tif',
    () => {
      const body = tiff()
      body.writeUInt32LE(2 ** 32 - 1, body.indexOf(Buffer.from('11010400', 'hex')) + 4)
      return body
    },
    /^BadFile: 00000001\.tif is no whole TIFF image: it has more than 1000000 parts\.$/,
  ),
  'a page of 120 MB of text': withBody(
    '00000001.txt',
    () => Buffer.alloc(120e6, 'x'),
    /^TooLarge: 00000001\.txt is larger than/,
  ),
  'millions of checksums': withLines(
    () => Buffer.from(`${'0'.repeat(32)}  00000009.tif\n`.repeat(2_500_000)),
    /^TooLarge: checksum\.md5 is larger than 16 MiB\./,
  ),
  'a million checksums without sense': withLines(
    () => Buffer.alloc(16_000_000, 'no sum at all\n'),
    /^TooLarge: checksum\.md5 has more than 100000 lines\.$/,
    true,
  ),
  'a checksum line of 15 MB': withLines(
    () => Buffer.alloc(15_000_000, '/'),
    /^TooLarge: Line 5 of checksum\.md5 is longer than 4096 characters\.$/,
  ),
  '90,000 checksums of what is not there': withLines(
    () => Buffer.from(Array.from({ length: 90_000 }, (_, n) => `${'0'.repeat(32)}  ${n}.tif\n`).join('')),
    /^MissingFile: The package has no 0\.tif, which checksum\.md5 names\. \(And 89999 more defects\.\)$/,
  ),
  'checksums of files elsewhere': withLines(
    () => Buffer.from(`${'0'.repeat(32)}  ../../../../etc/passwd\n`),
    /^MissingFile: The package has no \.\.\/\.\.\/\.\.\/\.\.\/etc\/passwd, which checksum\.md5 names\.$/,
  ),
  'a page of the number 99999999': {
    archive: (barcode) =>
      gzipSync(book([...pages(barcode), { name: '99999999.txt', body: Buffer.from('far') }])),
    reason: /^BadFilename: 99999999\.txt is not a name that a book's package has\.$/,
  },
}
