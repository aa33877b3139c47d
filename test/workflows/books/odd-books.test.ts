import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readExport } from '../../../workflows/books/export/books-export.ts'
import {
  checksumsOf,
  encrypt,
  type Member,
  makeArchive,
} from '../../../workflows/books/sample/make-archive.ts'
import { mets, pages } from '../../chaos/hostile/good-book.ts'
import { type Library, openLibrary } from './library.ts'
import { samplePassphrase } from './scratch.ts'

// Books that are odd in one way each: what is refused, what a person may accept, and what storage gets then.

const summed = (members: readonly Member[]): Member[] => [...members, checksumsOf(members)]
const named = (change: (name: string) => string) => (barcode: string) =>
  summed(pages(barcode).map(({ name, body }) => ({ name: change(name), body })))
const withMets = (xml: string) => (barcode: string) => summed(pages(barcode, xml))

const books: Readonly<Record<string, (barcode: string) => readonly Member[]>> = {
  'odd-none': () => [],
  'odd-readme': () => summed([{ name: 'README.txt', body: Buffer.from('no book') }]),
  'odd-upper': named((name) => name.replace(/\.(tif|html|txt)$/, (all) => all.toUpperCase())),
  'odd-folder': (barcode) =>
    named((name) => name)(barcode).map((each) => ({ ...each, name: `${barcode}/${each.name}` })),
  'odd-mark': (barcode) =>
    summed(
      pages(barcode).map(({ name, body }) => ({
        name,
        body: name.endsWith('.txt') ? Buffer.concat([Buffer.from('\ufeff'), body]) : body,
      })),
    ),
  'odd-count': withMets(mets({ more: '<gbs:ocr_page/>' })),
  'odd-title': withMets(mets().replace('tag="245"', 'tag="246"')),
  'odd-gone': withMets(mets().replace('tag="245"', 'tag="246"')),
  'odd-record': withMets(mets().replace(/<slim:record>.*<\/slim:record>/, '<slim:record/>')),
}

let root: string
let library: Library
let stopped: Awaited<ReturnType<Library['stopped']>>
let finished: Awaited<ReturnType<Library['finished']>>

const idle = () => vi.waitUntil(library.isIdle, { timeout: 30_000, interval: 50 })
const look = async () => {
  await idle()
  stopped = await library.stopped()
  finished = await library.finished()
}
const decide = async (id: string, decision: Parameters<Library['review']['decide']>[1]) => {
  const { hop } = await library.review.get(id)
  await library.review.decide(id, decision, { hop, by: 'ann' })
}
const stored = async (barcode: string, name: string) => {
  const { stored } = (await library.finished()).get(barcode)
  const { key } = stored.find(({ key }: { key: string }) => key.endsWith(name))
  return readFile(join(library.folder('done'), key))
}
const textsOf = async (barcode: string) =>
  gunzipSync(await stored(barcode, '_ocr.jsonl.gz'))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'pipewright-odd-'))
  library = await openLibrary(root)
  const put = async (barcode: string, members: readonly Member[]) =>
    writeFile(
      join(root, 'source', `${barcode}.tar.gz.gpg`),
      await encrypt(makeArchive(members), samplePassphrase),
    )
  for (const [barcode, make] of Object.entries(books)) await put(barcode, make(barcode))
  await put('good', named((name) => name)('good'))
  library.work()
  await Promise.all(Object.keys(books).map((barcode) => library.enter(barcode)))
  await library.enter('good')
  await library.enterOdd('copy-of-good', { barcode: 'good' })
  await library.enterOdd('other', { barcode: 'good', processing_bucket: 'elsewhere' })
  await library.enterOdd('bucketless', { processing_bucket: 'elsewhere' })
  await library.enterOdd('doneless', { done_bucket: 'nowhere' })
  await look()
}, 60_000)

afterAll(async () => {
  await library.close()
  await rm(root, { recursive: true })
})

describe('a token that is not that of its book', () => {
  it('is refused before anything is done, and the book goes its way', () => {
    expect(finished.get('good')).toMatchObject({ tag: 'Done', pages: 1 })
    expect(stopped.get('copy-of-good').reason).toMatchObject({
      stage: 'download',
      name: 'NotEqualValues',
      message:
        "The token copy-of-good is for the barcode good, but a book's token has its barcode as its id.",
      attempts: 1,
    })
  })

  it.each([
    ['bucketless', 'The app has no processing bucket called elsewhere; it has processing.'],
    ['doneless', 'The app has no done bucket called nowhere; it has done.'],
  ])('or names buckets that the app does not have: %s', (id, message) => {
    expect(stopped.get(id).reason).toMatchObject({
      stage: 'download',
      name: 'UnknownBucket',
      message,
      attempts: 1,
    })
  })

  it('can be rejected, and takes no files of the book with it', async () => {
    // Again in the bucket, as if it were worked on.
    await writeFile(join(library.folder('processing'), 'good'), 'its files')
    for (const id of ['copy-of-good', 'other', 'bucketless', 'doneless'])
      await decide(id, { decision: 'reject', note: 'No.' })
    await look()
    for (const id of ['copy-of-good', 'other', 'bucketless', 'doneless'])
      expect(finished.get(id)).toMatchObject({ tag: 'Rejected' })
    expect(await readdir(library.folder('processing'))).toContain('good')
    await rm(join(library.folder('processing'), 'good'))
  })
})

it.each([
  ['odd-none', 'The archive is empty.'],
  ['odd-readme', "README.txt is not a name that a book's package has. (And 2 more defects.)"],
])('what has no page in it cannot be accepted: %s', async (id, message) => {
  expect(stopped.get(id)).toMatchObject({ acceptable: false, reason: { stage: 'unpack', message } })
  await expect(decide(id, { decision: 'accept', note: 'Why not?' })).rejects.toThrow(
    `Book ${id} cannot be accepted as it is: its archive could not be unpacked whole and safely, or there is no page in it.`,
  )
})

it('a book whose extensions are in upper case is refused, and accepted it is stored with its text', async () => {
  expect(stopped.get('odd-upper')).toMatchObject({
    acceptable: true,
    reason: { name: 'BadFilename', file: '00000001.HTML' },
  })
  await decide('odd-upper', { decision: 'accept', note: 'From an old machine.' })
  await look()
  expect(finished.get('odd-upper')).toMatchObject({ tag: 'Done', pages: 1 })
  expect(await textsOf('odd-upper')).toEqual(['A page\n'])
  expect(JSON.parse(String(await stored('odd-upper', '_metadata.json')))).toMatchObject({ pages: 1 })
})

it('a book that lies in a folder of its barcode is refused, and accepted it is stored without the folder', async () => {
  expect(stopped.get('odd-folder')).toMatchObject({
    acceptable: true,
    reason: {
      name: 'BadFilename',
      message: 'The files lie in a folder, odd-folder/; those of a package lie in none.',
    },
  })
  await decide('odd-folder', { decision: 'accept', note: 'Packed by hand.' })
  await look()
  expect(finished.get('odd-folder')).toMatchObject({ tag: 'Done', pages: 1 })
  expect(await textsOf('odd-folder')).toEqual(['A page\n'])
})

it('a byte order mark is no text', async () => {
  expect(await textsOf('odd-mark')).toEqual(['A page\n'])
})

it('the pages that are there are counted, not those in the METS, also in what storage gets', async () => {
  expect(stopped.get('odd-count').reason).toMatchObject({ name: 'NotEqualValues', actual: 2, expected: 1 })
  await decide('odd-count', { decision: 'accept', note: 'Counted by hand.' })
  await look()
  expect(finished.get('odd-count')).toMatchObject({ tag: 'Done', pages: 1 })
  expect(JSON.parse(String(await stored('odd-count', '_metadata.json')))).toMatchObject({ pages: 1 })
  const rows = await readExport(library.folder('done'))
  expect(rows.find(({ barcode }) => barcode === 'odd-count')).toMatchObject({ pages: '1' })
})

it('a record without a title is refused, and accepted its other fields are kept', async () => {
  expect(stopped.get('odd-title')).toMatchObject({
    acceptable: true,
    reason: {
      stage: 'modify',
      name: 'MissingField',
      field: '245',
      message: 'The MARC record in the METS has no title (245 a).',
    },
  })
  await decide('odd-title', { decision: 'accept', note: 'It has none.' })
  await look()
  expect(JSON.parse(String(await stored('odd-title', '_metadata.json')))).toMatchObject({
    title: null,
    control_number: '1',
  })
})

it('an empty record is as none', async () => {
  expect(stopped.get('odd-record')).toMatchObject({
    acceptable: true,
    reason: {
      stage: 'modify',
      name: 'MissingField',
      field: 'MARC',
      message: 'The MARC record in the METS is empty.',
    },
  })
  await decide('odd-record', { decision: 'accept', note: 'Catalogued elsewhere.' })
  await look()
  expect(finished.get('odd-record')).toMatchObject({ tag: 'Done', about: { title: null } })
  expect(finished.get('odd-record').stored).toHaveLength(2)
})

it('a book whose files are gone has to be taken from the download again', async () => {
  await rm(join(library.folder('processing'), 'odd-gone', 'unpacked', 'texts.jsonl'))
  await decide('odd-gone', { decision: 'retry', from: 'modify' })
  await look()
  const gone = {
    stage: 'modify',
    name: 'MissingFile',
    message:
      'odd-gone/unpacked is not in the processing bucket any more; take the book from the download again.',
    attempts: 1,
  }
  expect(stopped.get('odd-gone').reason).toMatchObject({ ...gone, expected: 2, actual: 1 })
  await rm(join(library.folder('processing'), 'odd-gone'), { recursive: true })
  await decide('odd-gone', { decision: 'retry', from: 'modify' })
  await look()
  expect(stopped.get('odd-gone')).toMatchObject({ retryFrom: ['download', 'modify'], reason: gone })
})
