import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { metadataOf } from '../../../workflows/books/mets/metadata.ts'
import { readMets } from '../../../workflows/books/mets/read-mets.ts'
import { scratchFolder } from './scratch.ts'

const open =
  '<m:mets xmlns:m="http://www.loc.gov/METS/" xmlns="http://www.loc.gov/MARC21/slim" xmlns:g="http://books.google.com/gbs">'

function mets(text: string | Buffer) {
  const file = join(scratchFolder(), 'NYPL_1.xml')
  writeFileSync(file, text)
  return readMets(file)
}

test('pages and the first MARC record are read, with any prefixes; what is absent is null or empty', async () => {
  const record = `<record><controlfield tag="008">750727s17769999dcu           000 0 ||| d</controlfield>
    <datafield tag="245"><subfield code="a"> Tom &amp; Jo </subfield></datafield><datafield tag="020"><subfield code="a">1</subfield></datafield></record>`
  const read = await mets(`${open}${record}<record/><g:ocr_page/><g:ocr_page/><ocr_page/></m:mets>`)
  expect(read.pages).toBe(2)
  expect(metadataOf('abc', read)).toMatchObject({
    title: 'Tom & Jo',
    isbn: ['1'],
    date1: '1776',
    date2: null,
    language: null,
    subtitle: null,
    control_number: null,
    authors: [],
  })
})

test.each([
  ['cut short', `${open}<g:ocr_page/>`],
  ['empty', ''],
  ['another document', '<html/>'],
  ['one that declares entities', `<!DOCTYPE m [<!ENTITY a "aaaa">]>${open}</m:mets>`],
  ['not UTF-8', Buffer.concat([Buffer.from(open), Buffer.from([0xff]), Buffer.from('</m:mets>')])],
])('a METS that is %s is a bad file', async (_what, text) => {
  await expect(mets(text)).rejects.toMatchObject({ code: 'BadFile', file: 'NYPL_1.xml' })
})

const long = 2 ** 21
test.each([
  ['a text', `<m:x>${'y&amp;'.repeat(long / 6)}</m:x>`],
  ['a comment', `<!--${'y'.repeat(long)}-->`],
  ['an instruction', `<?x ${'?y'.repeat(long / 2)}?>`],
  ['a name', `<${'a'.repeat(long)}/>`],
  ['an attribute', `<a b="${'c'.repeat(long)}"/>`],
  ['CDATA', `<m:x><![CDATA[${']'.repeat(long)}]]></m:x>`],
  ['blanks', ' '.repeat(long)],
])('%s of more than 1 MiB in a METS is too large', async (_what, xml) => {
  await expect(mets(`${open}${xml}</m:mets>`)).rejects.toMatchObject({
    code: 'TooLarge',
    message: 'NYPL_1.xml has a text, a tag, a comment or an instruction of more than 1 MiB.',
    file: 'NYPL_1.xml',
    expected: 2 ** 20,
  })
})

test('a METS may hold many texts, comments and attributes of up to 1 MiB', async () => {
  const large = 'x'.repeat(900_000)
  const read = await mets(
    `${open}${`<m:x a="${large}">${large}<!--${large}--><?x ${large}?></m:x>`.repeat(2)}</m:mets>`,
  )
  expect(read.pages).toBe(0)
})

test('a METS without MARC is read, but gives no metadata', async () => {
  const read = await mets(`${open}</m:mets>`)
  expect(() => metadataOf('abc', read)).toThrow(
    expect.objectContaining({ code: 'MissingField', field: 'MARC' }),
  )
})

test('a METS may list a file with any number of `./` before its name', async () => {
  const dots = (count: number) =>
    `<m:FLocat xmlns:x="http://www.w3.org/1999/xlink" x:href="${'.//'.repeat(count)}1.tif"/>`
  const read = await mets(`${open}${dots(1)}${dots(300_000)}</m:mets>`)
  expect(read.files).toEqual([{ name: '1.tif' }, { name: '1.tif' }])
})
