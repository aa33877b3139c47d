import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as openpgp from 'openpgp'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { readExport } from '../../../workflows/books/export/books-export.ts'
import {
  checksumsOf,
  encrypt,
  type Member,
  makeArchive,
} from '../../../workflows/books/sample/make-archive.ts'
import { mets, pages } from '../../chaos/hostile/good-book.ts'
import { patience } from '../../on/kind.ts'
import { type Library, openLibrary, quick } from './library.ts'
import { samplePassphrase } from './scratch.ts'

// What an acceptance is of: just what was shown, in the archive that it was found in.

const readme = { name: 'README.txt', body: Buffer.from('How to read this') }
const untitled = mets().replace('tag="245"', 'tag="246"')
const summed = (members: readonly Member[]): Member[] => [...members, checksumsOf(members)]
const blank = (members: readonly Member[]) =>
  members.map((each) => (each.name.endsWith('.txt') ? { ...each, body: Buffer.alloc(0) } : each))

let root: string
let library: Library

const put = async (barcode: string, members: readonly Member[]) =>
  writeFile(
    join(root, 'source', `${barcode}.tar.gz.gpg`),
    await encrypt(makeArchive(members), samplePassphrase),
  )
const idle = () => vi.waitUntil(library.isIdle, { timeout: 30_000 * patience, interval: 20 })
const stopped = async (id: string) => (await library.stopped()).get(id)
const finished = async (id: string) => (await library.finished()).get(id)
const enter = async (barcode: string, members: readonly Member[]) => {
  await put(barcode, members)
  await library.enter(barcode)
  await idle()
}
const decide = async (id: string, decision: Parameters<Library['review']['decide']>[1]) => {
  const { hop } = await library.review.get(id)
  await library.review.decide(id, decision, { hop, by: 'ann' })
  await idle()
}
const accept = (id: string, note: string) => decide(id, { decision: 'accept', note })
const textsOf = async (id: string) => {
  const { stored } = await finished(id)
  const lines = await readFile(join(library.folder('done'), stored[1].key))
  return String(gunzipSync(lines))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'pipewright-accept-'))
  library = await openLibrary(root, quick, { limits: { argon2Mebibytes: 1 } })
  library.work()
})

afterAll(async () => {
  await library.close()
  await rm(root, { recursive: true })
})

it('accepting one finding does not overlook another that was not shown', async () => {
  await enter('two-findings', summed(blank(pages('two-findings', untitled))))
  expect((await stopped('two-findings')).reason.message).toMatch(/has no title/)
  await accept('two-findings', 'It has none.')
  expect(await stopped('two-findings')).toMatchObject({
    acceptable: true,
    reason: { field: 'OCR', message: 'None of the 1 pages has any text.' },
  })
  await accept('two-findings', 'A picture book.')
  expect(await finished('two-findings')).toMatchObject({ tag: 'Done' })
  const row = (await readExport(library.folder('done'))).find(({ barcode }) => barcode === 'two-findings')
  expect(row?.note).toBe('It has none.; A picture book.')
})

it('of more findings than a task shows all are in a file, and are what is accepted', async () => {
  const many = (text: string) =>
    Array.from({ length: 30 }, (_, n) => ({ name: `${n}-${text}.txt`, body: Buffer.from('') }))
  await enter('many', summed([...pages('many'), ...many('a')]))
  const { reason } = await stopped('many')
  const folder = join(library.folder('processing'), 'many')
  const list = await readFile(join(folder, 'findings.txt'))
  expect(reason.message).toMatch(/\(And 29 more defects\.\)$/)
  const lines = reason.detail.split('\n')
  expect(lines).toHaveLength(21)
  expect(lines.slice(0, 20)).toEqual(String(list).split('\n').slice(0, 20))
  expect(String(list).trimEnd().split('\n')).toHaveLength(30)
  const sha256 = createHash('sha256').update(list).digest('hex')
  expect(lines[20]).toBe(
    `These are 20 of 30; all are in findings.txt in the folder of the book (sha256 ${sha256}).`,
  )
  await accept('many', 'They do no harm.')
  expect(await finished('many')).toMatchObject({ tag: 'Done' })
})

it('nothing is accepted any more of a book that is downloaded anew', async () => {
  await enter('anew', summed([...pages('anew', untitled), readme]))
  await accept('anew', 'A README does no harm.')
  expect((await stopped('anew')).reason.stage).toBe('modify')
  await put('anew', summed([...pages('anew').filter(({ name }) => name !== '00000001.tif'), readme]))
  await decide('anew', { decision: 'retry', from: 'download' })
  expect((await stopped('anew')).reason).toMatchObject({ stage: 'unpack', name: 'BadFilename' })
  expect((await stopped('anew')).accepted).toBeUndefined()
})

it('a stage that is tried again stops at what was not there when it was accepted', async () => {
  await enter('again', summed(pages('again', untitled)))
  await writeFile(join(library.folder('processing'), 'again', 'unpacked', 'LIB_again.xml'), '<cut')
  await accept('again', 'It has none.')
  expect(await stopped('again')).toMatchObject({
    acceptable: true,
    reason: { stage: 'modify', name: 'BadFile' },
  })
})

it('pages are counted that are there, and a stray one keeps its number and its text', async () => {
  const stray = pages('stray')
    .filter(({ name }) => /^\d/.test(name))
    .map(({ name, body }) => ({
      name: name.replace('00000001', '00000099'),
      body: name.endsWith('.txt') ? Buffer.from('Far off\n') : body,
    }))
  const zero = { name: '00000000.txt', body: Buffer.from('No page') }
  await enter('stray', summed([...pages('stray'), ...stray, zero]))
  await accept('stray', 'So it came.')
  expect(await finished('stray')).toMatchObject({ tag: 'Done', pages: 2 })
  const texts = await textsOf('stray')
  expect(texts).toHaveLength(99)
  expect([texts[0], texts[1], texts[98]]).toEqual(['A page\n', '', 'Far off\n'])
})

it('of two METS files it says that there are two, which one counts, and what is wrong with that', async () => {
  const first = { name: 'ALIB_twice.xml', body: Buffer.from(mets({ more: '<gbs:ocr_page/>' })) }
  await enter('twice', summed([...pages('twice'), first]))
  const { reason } = await stopped('twice')
  expect(reason).toMatchObject({ name: 'BadFilename', file: 'LIB_twice.xml' })
  expect(reason.message).toBe(
    'The package has 2 METS files, ALIB_twice.xml and LIB_twice.xml for two; once accepted, ALIB_twice.xml counts. (And 1 more defect.)',
  )
  expect(reason.detail).toContain('ALIB_twice.xml counts 2 pages, but the package has 1.')
})

it('how much memory a key may take is up to the limits', async () => {
  const message = await openpgp.createMessage({ binary: new Uint8Array(makeArchive(summed(pages('argon')))) })
  const s2kArgon2Params = { passes: 1, parallelism: 1, memoryExponent: 11 }
  const config = { s2kType: openpgp.enums.s2k.argon2 as openpgp.enums.s2k.argon2, s2kArgon2Params }
  const binary = await openpgp.encrypt({ message, passwords: samplePassphrase, format: 'binary', config })
  await writeFile(join(root, 'source', 'argon.tar.gz.gpg'), binary as Uint8Array)
  await library.enter('argon')
  await idle()
  const { reason } = await stopped('argon')
  expect(reason).toMatchObject({ name: 'TooLarge', expected: 2 ** 20 })
  expect(reason.message).toContain('`limits.argon2Mebibytes` in the config may allow more')
})
