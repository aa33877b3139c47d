import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Defect } from '../../../workflows/books/defect.ts'
import { checkPackage } from '../../../workflows/books/package/check-package.ts'
import { makeFindings } from '../../../workflows/books/package/findings.ts'
import { checksums, mets, pages } from '../../chaos/hostile/good-book.ts'
import { scratchFolder } from './scratch.ts'

const barcode = '32101700000777'
const members = pages(barcode)
const hash = (algorithm: string, name: string) =>
  createHash(algorithm)
    .update(members.find((member) => member.name === name)!.body)
    .digest('hex')

/** What is found in a book of one page, a sentence each. */
async function found(xml: string, all = pages(barcode, xml)): Promise<string[]> {
  const folder = scratchFolder()
  for (const { name, body } of [...all, checksums(all)]) writeFileSync(join(folder, String(name)), body!)
  try {
    await checkPackage(folder, { barcode })
    return []
  } catch (error) {
    const { code, message, detail } = error as Defect
    return message.includes('(And ') ? detail!.split('\n') : [`${code}: ${message}`]
  }
}

test('findings that a task does not show are part of what it says all the same', () => {
  const saying = (last: string) => {
    const { report, summary } = makeFindings()
    for (let n = 1; n < 30; n++) report(new Defect('BadFilename', `Name ${n} is odd.`))
    report(new Defect('BadFilename', last))
    return summary().detail
  }
  expect(saying('Name 30 is odd.')).toBe(saying('Name 30 is odd.'))
  expect(saying('Name 31 is odd.')).not.toBe(saying('Name 30 is odd.'))
})

const listed = (href: string, about = '') =>
  `<mets:file ID="x" ${about}><mets:FLocat LOCTYPE="OTHER" xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="${href}"/></mets:file>`
const withFiles = (...files: readonly string[]) =>
  mets({ more: `<mets:fileSec><mets:fileGrp>${files.join('')}</mets:fileGrp></mets:fileSec>` })
const [image, hocr, text] = ['00000001.tif', '00000001.html', '00000001.txt'] as const
const others = [listed(hocr), listed(text)]

test.each([
  ['no OBJID', ''],
  ['an empty OBJID', ' OBJID=""'],
  ['the barcode as its OBJID', ` OBJID="${barcode}"`],
  ['a library in front of it', ` OBJID="PRNC:${barcode}"`],
  ['a library in front of it, in other letters', ` OBJID=" prnc_${barcode} "`],
  ['an OBJID as the University of California has', ` OBJID="UCAL_$${barcode}"`],
])('a METS with %s is that of the book', async (_what, root) => {
  expect(await found(mets({ root }))).toEqual([])
})

test.each([['PRNC:32101700000778'], [`PRNC:9${barcode}`], [`PRNC:${barcode}9`], ['Another book']])(
  'a METS whose OBJID is %s is that of another book',
  async (objid) => {
    expect(await found(mets({ root: ` OBJID="${objid}"` }))).toEqual([
      `NotEqualValues: LIB_${barcode}.xml is that of another book: its OBJID is ${objid}.`,
    ])
  },
)

test.each([
  ['all files', [listed(image), ...others]],
  [
    'files by other ways to write their names',
    [listed(`./${image}`), listed(`file:///${hocr}`), listed('%300000001.txt')],
  ],
  [
    'itself, its list of md5s, and what lies on the web',
    [listed(image), ...others, listed('checksum.md5'), listed('https://example.org/x.png')],
  ],
  ['sizes', [listed(image, `SIZE="${members[0]!.body.length}"`), ...others]],
  [
    'md5s',
    [
      listed(image, `CHECKSUM="${hash('md5', image).toUpperCase()}"`),
      listed(hocr, `CHECKSUM="${hash('md5', hocr)}" CHECKSUMTYPE="MD5"`),
      listed(text),
    ],
  ],
  [
    'other digests',
    [
      listed(image, `CHECKSUM="${hash('sha256', image)}" CHECKSUMTYPE="SHA-256"`),
      listed(hocr, 'CHECKSUM="12" CHECKSUMTYPE="CRC32"'),
      listed(text),
    ],
  ],
])('a METS may list %s', async (_what, files) => {
  expect(await found(withFiles(...files))).toEqual([])
})

test.each([
  [
    'a file that is not there',
    [listed(image), ...others, listed('00000001.png')],
    'MissingFile: The package has no 00000001.png, which LIB_32101700000777.xml lists.',
  ],
  ['files without a page', others, `MissingField: LIB_32101700000777.xml does not list ${image}.`],
  [
    'another size',
    [listed(image, 'SIZE="1"'), ...others],
    `NotEqualValues: ${image} has ${members[0]!.body.length} bytes, but LIB_32101700000777.xml says 1.`,
  ],
  [
    'another md5',
    [listed(image, `CHECKSUM="${'0'.repeat(32)}"`), ...others],
    `BadChecksum: The md5 of ${image} is ${hash('md5', image)}, but LIB_32101700000777.xml says ${'0'.repeat(32)}.`,
  ],
  [
    'another digest',
    [listed(image, 'CHECKSUM="0" CHECKSUMTYPE="SHA-1"'), ...others],
    `BadChecksum: The sha1 of ${image} is ${hash('sha1', image)}, but LIB_32101700000777.xml says 0.`,
  ],
])('a METS that lists %s is found', async (_what, files, sentence) => {
  expect(await found(withFiles(...files))).toEqual([sentence])
})

test('a METS that lists more files than an archive may hold is no METS', async () => {
  const [sentence] = await found(withFiles(...Array.from({ length: 100_001 }, () => '<mets:FLocat/>')))
  expect(sentence).toMatch(/^BadFile: LIB_.* is not a well-formed METS: .*it lists more than 100000 files\.$/)
})

test('pages with other extensions are understood, and named as what they are', async () => {
  const renamed = members.map(({ name, body }) => ({
    name: name.replace('.tif', '.TIFF').replace('.txt', '.TXT'),
    body,
  }))
  expect(await found('', renamed)).toEqual([
    "BadFilename: 00000001.TIFF is not a name that a book's package has; it would be called 00000001.tif.",
    "BadFilename: 00000001.TXT is not a name that a book's package has; it would be called 00000001.txt.",
  ])
})

test('a page with two files of a kind is found, and so is what is no page', async () => {
  const body = members[0]!.body
  const more = [...members, { name: '00000001.tiff', body }, { name: 'README.txt', body: Buffer.from('x') }]
  const defects = await found('', more)
  expect(defects).toEqual([
    "BadFilename: 00000001.tiff is not a name that a book's package has; it would be called 00000001.tif.",
    'BadFilename: Page 1 has two images, 00000001.tif and 00000001.tiff.',
    "BadFilename: README.txt is not a name that a book's package has.",
  ])
})

// Without `slice` in `listed-file.ts`, or with an unknown algorithm asked of Node, something else than a defect comes out.
test('every list of files is right or has a defect', async () => {
  const odd = fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).map((all) => all.replace(/[<&"]/g, ''))
  const attribute = (name: string, value: fc.Arbitrary<string>) =>
    fc.option(
      value.map((told) => `${name}="${told}"`),
      { nil: '' },
    )
  const file = fc
    .tuple(
      fc.oneof(odd, fc.constantFrom(image, hocr, text, `./${image}`, 'file:', '%', '../x', 'x:y')),
      attribute('SIZE', fc.oneof(odd, fc.nat().map(String))),
      attribute('CHECKSUM', odd),
      attribute('CHECKSUMTYPE', fc.oneof(odd, fc.constantFrom('MD5', 'SHA-1', 'constructor', '__proto__'))),
    )
    .map(([href, ...about]) => listed(href, about.join(' ')))
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 5 }), async (files) => {
      for (const line of await found(withFiles(...files)))
        expect(line).toMatch(/^(MissingFile|MissingField|NotEqualValues|BadChecksum|BadFile): /)
    }),
    { numRuns: 40 },
  )
})

test('a file called like its book is no name that a package has, and is reported as that', async () => {
  expect(await found('', [...members, { name: barcode, body: Buffer.from('x') }])).toEqual([
    `BadFilename: ${barcode} is not a name that a book's package has.`,
  ])
})
