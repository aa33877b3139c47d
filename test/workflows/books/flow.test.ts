import { createHash } from 'node:crypto'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse as parseHtml } from 'node-html-parser'
import { type Backend, diagram } from 'pipewright'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import app from '../../../artifacts/books.ts'
import { makeReporter } from '../../../src/run/report/reporter.ts'
import { reportBooks } from '../../../workflows/books/app/report-books.ts'
import { readExport } from '../../../workflows/books/export/books-export.ts'
import { breakages } from '../../../workflows/books/sample/break.ts'
import { layOutSample } from '../../../workflows/books/sample/lay-out-sample.ts'
import { folderSource } from '../../../workflows/books/source/folder-source.ts'
import { makeBooks } from '../../../workflows/books/workflow.ts'
import { takeSchema } from '../../postgres/schemas.ts'
import { type Library, openLibrary, quick } from './library.ts'
import { sampleFile, samplePassphrase } from './scratch.ts'

let root: string
let library: Library<Backend>

/** The stage at which each way to break a book is found. */
const stageOf = (name: string) => {
  if (['wrong-passphrase', 'flipped-byte', 'truncated'].includes(name)) return 'decrypt'
  return ['mets-without-marc', 'marc-empty', 'without-title', 'empty-ocr'].includes(name)
    ? 'modify'
    : 'unpack'
}

const idle = () => vi.waitUntil(library.isIdle, { timeout: 230_000, interval: 50 })

async function decide(barcode: string, decision: Parameters<Library['review']['decide']>[1]) {
  const { hop } = await library.review.get(barcode)
  await library.review.decide(barcode, decision, { hop, by: 'ann' })
}

describe.each(['a file', 'a Postgres'])('on %s', (where) => {
  const schema = where === 'a Postgres' ? takeSchema() : undefined
  const open = schema && (() => schema.open())

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'pipewright-books-'))
    await layOutSample(join(root, 'source'))
    library = await openLibrary<Backend>(root, quick, { open })
    for await (const barcode of folderSource(join(root, 'source')).barcodes()) await library.enter(barcode)
    library.work()
    await idle()
  }, 240_000)

  afterAll(async () => {
    await library.close()
    await schema?.free()
    await rm(root, { recursive: true })
  })

  it('takes every sample book to storage, with the hashes of what is there', async () => {
    const manifest = JSON.parse(await readFile(sampleFile('manifest.json'), 'utf8'))
    const finished = await library.finished()
    expect([...finished.keys()].sort()).toEqual(manifest.books.map(({ barcode }: any) => barcode))
    for (const { barcode, title, pages, tar_sha256 } of manifest.books) {
      const done = finished.get(barcode)
      expect(done).toMatchObject({ tag: 'Done', pages, about: { title }, decrypted_sha256: tar_sha256 })
      // It is stored as it came.
      const version = `${barcode}/${tar_sha256}`
      expect(done.stored.map(({ key }: any) => key)).toEqual([
        `${version}/${barcode}.tar.gz`,
        `${version}/${barcode}_ocr.jsonl.gz`,
        `${version}/${barcode}_metadata.json`,
      ])
      for (const { key, bytes, sha256 } of done.stored) {
        const stored = await readFile(join(library.folder('done'), key))
        expect(stored.length).toBe(bytes)
        expect(createHash('sha256').update(stored).digest('hex')).toBe(sha256)
      }
    }
    const exported = await readExport(library.folder('done'))
    expect(exported.map(({ barcode }) => barcode).sort()).toEqual([...finished.keys()].sort())
    for (const { barcode, sha256 } of exported) expect(finished.get(barcode).stored[0].sha256).toBe(sha256)
  })

  it.each(Object.entries(breakages))('stops a book broken by %s, and says why', async (name, { defect }) => {
    const stage = stageOf(name)
    const stopped = (await library.stopped()).get(`broken-${name}`)
    const passages = { decrypt: 'decrypt', unpack: 'package', modify: 'metadata' }
    expect(stopped).toMatchObject({
      tag: 'NeedsReview',
      reason: { class: passages[stage], stage, name: defect, kind: 'error', attempts: 1 },
      retryFrom: ['download', stage],
    })
    expect(stopped.reason.message).toMatch(/\.\)?$/)
  })

  it('keeps the facts of a defect beside its sentence, and names passphrases but never one itself', async () => {
    const stopped = await library.stopped()
    expect(stopped.get('broken-bad-checksum').reason).toMatchObject({
      file: '00000001.html',
      expected: '0'.repeat(32),
      actual: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    expect(stopped.get('broken-wrong-passphrase').reason.detail).toBe(
      'The passphrase that was tried is called sample; the keyring also has older.',
    )
    expect(JSON.stringify([...stopped])).not.toMatch(/correct horse|not the passphrase of/)
  })

  it('holds nothing of finished books in the processing bucket', async () => {
    expect((await library.staged()).sort()).toEqual([...(await library.stopped()).keys()].sort())
  })

  it('opens a book with another passphrase that a person names', async () => {
    await decide('broken-wrong-passphrase', { decision: 'passphrase', name: 'unknown' })
    await idle()
    const again = (await library.stopped()).get('broken-wrong-passphrase')
    expect(again.reason).toMatchObject({
      name: 'UnknownPassphrase',
      message: 'The keyring has no passphrase named "unknown"; it has older, sample.',
    })
    await decide('broken-wrong-passphrase', { decision: 'passphrase', name: 'older' })
    await idle()
    expect((await library.finished()).get('broken-wrong-passphrase')).toMatchObject({ tag: 'Done', pages: 7 })
  })

  it('goes on with what a person accepts as it is, and notes that in the export', async () => {
    await decide('broken-missing-page', { decision: 'accept', note: 'The page is lost.' })
    await decide('broken-mets-malformed', { decision: 'accept', note: 'Fine but for the METS.' })
    await decide('broken-empty-ocr', { decision: 'accept', note: 'A picture book.' })
    await idle()
    const finished = await library.finished()
    expect(finished.get('broken-missing-page')).toMatchObject({ tag: 'Done', pages: 7 })
    expect(finished.get('broken-empty-ocr')).toMatchObject({ tag: 'Done' })
    // What was overlooked in the package is missed where the metadata is made.
    const malformed = (await library.stopped()).get('broken-mets-malformed')
    expect(malformed.reason).toMatchObject({ class: 'metadata', name: 'BadFile' })
    await decide('broken-mets-malformed', { decision: 'accept', note: 'Catalogue it by hand.' })
    await idle()
    const done = (await library.finished()).get('broken-mets-malformed')
    expect(done).toMatchObject({ tag: 'Done', about: { title: null } })
    expect(done.stored).toHaveLength(2)
    const notes = new Map(
      (await readExport(library.folder('done'))).map(({ barcode, note }) => [barcode, note]),
    )
    expect(notes.get('broken-missing-page')).toBe('The page is lost.')
    expect(notes.get('broken-mets-malformed')).toBe('Fine but for the METS.; Catalogue it by hand.')
  })

  it('tries a stage again where a person says so, when the cause is gone', async () => {
    const broken = 'broken-flipped-byte'
    const source = (barcode: string) => join(root, 'source', `${barcode}.tar.gz.gpg`)
    await copyFile(source('broken-page-count'), source(broken))
    await decide(broken, { decision: 'retry', from: 'decrypt' })
    await idle()
    // What was downloaded is still what it was.
    expect((await library.stopped()).get(broken).reason.stage).toBe('decrypt')
    await decide(broken, { decision: 'retry', from: 'download' })
    await idle()
    expect((await library.stopped()).get(broken).reason.stage).toBe('unpack')
  })

  it('lets go of what a person rejects, with all its files', async () => {
    await decide('broken-path-escape', { decision: 'reject', note: 'Hostile.' })
    await idle()
    expect((await library.finished()).get('broken-path-escape')).toMatchObject({
      tag: 'Rejected',
      note: 'Hostile.',
      reason: { name: 'BadFilename' },
    })
    expect(await library.staged()).not.toContain('broken-path-escape')
  })

  it('refuses decisions that lead nowhere, and changes nothing', async () => {
    const before = (await library.stopped()).get('broken-symlink')
    await expect(decide('broken-symlink', { decision: 'accept', note: 'Why not?' })).rejects.toThrow(
      'Book broken-symlink cannot be accepted as it is: its archive could not be unpacked whole and safely',
    )
    await expect(decide('broken-symlink', { decision: 'retry', from: 'upload' })).rejects.toThrow(
      'cannot be tried again from upload, only from download or unpack.',
    )
    await expect(decide('broken-symlink', { decision: 'passphrase', name: 'older' })).rejects.toThrow(
      'another passphrase would not help',
    )
    expect((await library.stopped()).get('broken-symlink')).toEqual(before)
  })

  it('tells in files of the done folder how the books have done, with nothing secret', async () => {
    const { backend } = library
    const [done, processing] = [library.folder('done'), library.folder('processing')]
    const run = reportBooks({ done, processing, disk: { reserveGibibytes: 0 } })
    const report = makeReporter({ backend, workflow: 'books' })
    await run({ report, log: { debug() {}, info() {}, warn() {}, error() {} } } as never)
    const text = await readFile(join(done, 'run_summary.json'), 'utf8')
    const summary = JSON.parse(text)
    const exported = await readExport(done)
    const bytes = exported.reduce((sum, row) => sum + Number(row.bytes), 0)
    expect(summary.stored).toEqual({ books: exported.length, bytes })
    expect(bytes).toBeGreaterThan(0)
    expect(summary.disk).toMatchObject({ free: expect.any(Number), staged: expect.any(Number) })
    const sum = (of: (day: any) => number) => summary.days.reduce((all: number, day: any) => all + of(day), 0)
    const books = (await library.finished()).size + (await library.stopped()).size
    expect(sum(({ entered }) => entered)).toBe(books)
    expect(sum(({ finished }) => finished)).toBe((await library.finished()).size)
    expect(summary.failures.map(({ code }: any) => code)).toContain('BadChecksum')
    const page = await readFile(join(done, 'report.html'), 'utf8')
    expect(
      parseHtml(page)
        .querySelectorAll('caption')
        .map(({ text }) => text),
    ).toEqual(expect.arrayContaining(['Books', 'Disk', 'Tokens, by day', 'Failures of these days, by class']))
    for (const said of [text, page])
      for (const secret of [root, samplePassphrase, 'correct horse']) expect(said).not.toContain(secret)
  })

  it('lays out the sample only where there is nothing', async () => {
    expect(await layOutSample(join(root, 'source'))).toEqual({ laidOut: false })
  })
})

it('is shown in its README as it is', async () => {
  const readme = await readFile(new URL('../../../workflows/books/README.md', import.meta.url), 'utf8')
  expect(readme).toContain(diagram(makeBooks()))
})

it('has the settings that its README lists', async () => {
  const readme = await readFile(new URL('../../../workflows/books/README.md', import.meta.url), 'utf8')
  const config = parse(/```yaml\n(.*?)```/s.exec(readme)![1]!)
  expect(app.config['~standard'].validate(config)).toMatchObject({ value: config })
})
