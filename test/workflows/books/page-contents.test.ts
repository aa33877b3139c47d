import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Defect } from '../../../workflows/books/defect.ts'
import { checkPage } from '../../../workflows/books/package/check-page.ts'
import { pageFileOf } from '../../../workflows/books/package/file-names.ts'
import { box, hocr, jp2, jp2Boxes, tiff } from './page-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'pipewright-pages-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What is found in a file of a page: its defect's sentence; undefined when it is sound. */
async function found(name: string, body: Buffer | string): Promise<string | undefined> {
  writeFileSync(join(folder, name), body)
  try {
    await checkPage(folder, pageFileOf(name)!)
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(Defect)
    expect(error).toMatchObject({ file: name, retry: false })
    return `${(error as Defect).code}: ${(error as Defect).message}`
  }
}

const { signature, type, header, codestream } = jp2Boxes
const strips = [Buffer.alloc(30, 1), Buffer.alloc(20, 2), Buffer.alloc(10, 3)]
const forms = [
  { isBigEndian: false, isBig: false },
  { isBigEndian: true, isBig: false },
  { isBigEndian: false, isBig: true },
  { isBigEndian: true, isBig: true },
]

test.each(forms)('a TIFF in any byte order and width of offsets is sound: %o', async (form) => {
  for (const parts of [undefined, strips])
    for (const isTiled of [false, true])
      expect(await found('00000001.tif', tiff({ ...form, isTiled, ...(parts && { parts }) }))).toBeUndefined()
})

test.each(forms)('a TIFF that is cut anywhere is found: %o', async (form) => {
  const whole = tiff({ ...form, parts: strips })
  for (let end = 0; end < whole.length; end++)
    expect(await found('00000001.tif', whole.subarray(0, end)), `cut at ${end}`).toMatch(/^BadFile: /)
})

test.each([
  ['a strip beyond the end', tiff({ tags: { 279: [10_000] } }), 'its strip 1 lies beyond its end'],
  [
    'a tile beyond the end',
    tiff({ isTiled: true, tags: { 324: [10_000] } }),
    'its tile 1 lies beyond its end',
  ],
  ['an empty strip', tiff({ tags: { 279: [0] } }), 'its strip 1 is empty'],
  [
    'a strip without a length',
    tiff({ parts: strips, tags: { 279: [30] } }),
    'the length of a strip is missing',
  ],
  ['no strips', tiff({ tags: { 273: undefined } }), 'it has no strips and no tiles'],
  ['no height', tiff({ tags: { 257: [0] } }), 'it has no width or no height'],
  ['a next directory beyond the end', tiff({ next: 100_000 }), 'a directory lies beyond its end'],
  ['directories in a circle', tiff({ next: 28 }), 'its directories go on without end'],
  [
    'a directory of no tags',
    Buffer.from('49492a00080000000000000000000000', 'hex'),
    'a directory makes no sense',
  ],
  [
    'a header of no sense',
    Buffer.from('49492b00070000001000000000000000', 'hex'),
    'its header makes no sense',
  ],
])('a TIFF with %s is found', async (_what, body, why) => {
  expect(await found('00000001.tif', body)).toBe(`BadFile: 00000001.tif is no whole TIFF image: ${why}.`)
})

test('a JP2 is sound, also with unknown boxes, lengths of 8 bytes, and a last box without a length', async () => {
  const long = Buffer.concat([
    Buffer.from('000000016a70326300000000', 'hex'),
    Buffer.from([0, 0, 0, codestream.length + 8]),
    codestream.subarray(8),
  ])
  const last = box('jp2c', codestream.subarray(8), 0)
  for (const end of [codestream, long, last])
    expect(
      await found(
        '00000001.jp2',
        Buffer.concat([signature, type, box('xml ', Buffer.from('<x/>')), header, end]),
      ),
    ).toBeUndefined()
})

test('a JP2 that is cut anywhere is found', async () => {
  const open = Buffer.concat([signature, type, header, box('jp2c', codestream.subarray(8), 0)])
  for (const whole of [jp2, open])
    for (let end = 0; end < whole.length; end++)
      expect(await found('00000001.jp2', whole.subarray(0, end)), `cut at ${end}`).toMatch(/^BadFile: /)
})

test.each([
  ['no codestream', [signature, type, header], 'it has no codestream'],
  ['no header', [signature, type, codestream], 'it has no header box'],
  ['its header last', [signature, type, codestream, header], 'its header box follows its codestream'],
  ['no type', [signature, header, codestream], 'it does not say that it is a JP2'],
  [
    'another type',
    [signature, box('ftyp', Buffer.from('mjp2jp2 mjp2')), header, codestream],
    'it does not say that it is a JP2',
  ],
  [
    'an empty image',
    [signature, type, box('jp2h', box('ihdr', Buffer.alloc(14))), codestream],
    'it has no width or no height',
  ],
  [
    'a header of something else',
    [signature, type, box('jp2h', box('colr', Buffer.alloc(14))), codestream],
    'its header box has no size of the image',
  ],
  [
    'a codestream without its start',
    [signature, type, header, box('jp2c', Buffer.alloc(20))],
    'its codestream does not begin as one',
  ],
  [
    'a codestream without its end',
    [signature, type, header, box('jp2c', codestream.subarray(8, -1))],
    'its codestream has no end',
  ],
  [
    'a box beyond the end',
    [signature, type, header, box('jp2c', codestream.subarray(8), 500)],
    'its box "jp2c" lies beyond its end',
  ],
  [
    'a box of a length of no sense',
    [signature, type, box('free', Buffer.alloc(9), 7)],
    'the length of a box makes no sense',
  ],
])('a JP2 with %s is found', async (_what, boxes, why) => {
  expect(await found('00000001.jp2', Buffer.concat(boxes))).toBe(
    `BadFile: 00000001.jp2 is no whole JP2 image: ${why}.`,
  )
})

test.each([
  ['00000001.tif', '', '00000001.tif is empty.'],
  ['00000001.jp2', '', '00000001.jp2 is empty.'],
  ['00000001.tif', '\n<!DOCTYPE html><p>503', '00000001.tif is no TIFF image; it looks like HTML or XML.'],
  ['00000001.tif', jp2, '00000001.tif is no TIFF image; it looks like JP2.'],
  ['00000001.jp2', tiff(), '00000001.jp2 is no JP2 image; it looks like TIFF.'],
  [
    '00000001.jp2',
    codestream.subarray(8),
    '00000001.jp2 is no JP2 image; it looks like JPEG 2000 codestream.',
  ],
  ['00000001.tif', Buffer.alloc(1000), '00000001.tif is no TIFF image.'],
  ['00000001.TIFF', 'x', '00000001.TIFF is no TIFF image.'],
  ['00000001.html', '', '00000001.html is empty.'],
  ['00000001.html', '\n \n', '00000001.html is empty.'],
  [
    '00000001.html',
    '<html><body>A page</body></html>',
    '00000001.html is no hOCR: nothing in it is of the class ocr_page.',
  ],
  [
    '00000001.html',
    '<html><!-- <p class="ocr_page"> --></html>',
    '00000001.html is no hOCR: nothing in it is of the class ocr_page.',
  ],
  [
    '00000001.html',
    '<html><script>"<p class=ocr_page>"</script></html>',
    '00000001.html is no hOCR: nothing in it is of the class ocr_page.',
  ],
  ['00000001.html', hocr('a').subarray(0, -8), '00000001.html is cut short: its html has no end.'],
  ['00000001.html', hocr('a').subarray(0, 80), '00000001.html is cut short: it ends within a tag.'],
  ['00000001.html', '<!-- what never ends', '00000001.html is cut short: it ends within a tag.'],
])('%s is found to be wrong', async (name, body, sentence) => {
  expect(await found(name, body)).toBe(`BadFile: ${sentence}`)
})

test.each([
  ['the page', hocr('words')],
  ['an empty page', hocr('')],
  [
    'XHTML with a document type',
    '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "x">\n<html><p class=\'a ocr_page\' title=\'image ">"\'/></html>',
  ],
  ['a style in upper case', '<HTML><STYLE>a>b{}</STYLE><TITLE>a <b</Title ><P CLASS=ocr_page></HTML>'],
  ['a style that names styles', '<html><style>"</styles"</style\n><p class=ocr_page></html>'],
  ['a script of XHTML that is empty', '<html><script src="x"/><p class="ocr_page"/></html>'],
  ['HTML as people write it', '<HTML><BR><DIV CLASS=ocr_page>AT&T < 5 &nbsp;<br></DIV></HTML>'],
  ['a piece of HTML', '\ufeff<div title="a>b" class="ocr_page">x</div>'],
])('hOCR of %s is sound', async (_what, body) => {
  expect(await found('00000001.html', body)).toBeUndefined()
})

test('a text may be empty, and has to be UTF-8, as hOCR has', async () => {
  expect(await found('00000001.txt', '')).toBeUndefined()
  const latin = Buffer.from([0x41, 0xff])
  expect(await found('00000001.txt', latin)).toBe('BadUTF: 00000001.txt is not UTF-8.')
  expect(await found('00000001.html', latin)).toBe('BadUTF: 00000001.html is not UTF-8.')
})
