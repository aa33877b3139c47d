import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { cancel } from '../../../src/run/desk/cancel.ts'
import { readExport } from '../../../workflows/books/export/books-export.ts'
import { openContext } from '../../../workflows/books/open-context.ts'
import { checksumsOf, encrypt, makeArchive } from '../../../workflows/books/sample/make-archive.ts'
import { folderSource } from '../../../workflows/books/source/folder-source.ts'
import { Modified } from '../../../workflows/books/states/modified.ts'
import { folderStorage } from '../../../workflows/books/storage/folder-storage.ts'
import type { Storage } from '../../../workflows/books/storage/storage.ts'
import { sweepBucket } from '../../../workflows/books/sweep.ts'
import { mets, pages } from '../../chaos/hostile/good-book.ts'
import { openLibrary, quick } from './library.ts'
import { samplePassphrase, scratchFolder } from './scratch.ts'

type Did = { readonly put?: string; readonly removed?: string }

/** A library of one book, whose storage reports what it does, and refuses what `refuses` says. */
async function open() {
  const root = scratchFolder()
  const done = join(root, 'done')
  const may = { store: true, look: true, remove: true, removeEarlier: true }
  const folder = folderStorage(done)
  const seen: ((did: Did) => unknown)[] = []
  const storage: Storage = {
    async head(key) {
      if (!may.look) throw new Error('The storage does not answer.')
      return folder.head(key)
    },
    async put(key, upload) {
      if (!may.store && key.includes('_ocr')) throw new Error('The storage is full.')
      const answer = await folder.put(key, upload)
      for (const see of seen) await see({ put: key })
      return answer
    },
    async remove(key) {
      if (!may.remove || (!may.removeEarlier && /book$|gz$|json$/.test(key)))
        throw new Error('Nothing may be removed.')
      for (const see of seen) await see({ removed: key })
      await folder.remove(key)
    },
  }
  const places = { done: { done: { storage, exports: done } } }
  const library = await openLibrary(root, quick, places)
  onTestFinished(library.close)
  library.work()
  const idle = () => vi.waitUntil(library.isIdle, { timeout: 30_000, interval: 20 })
  /** Puts an archive with that title into the source. */
  const offer = async (title: string) => {
    const members = pages('book', mets({ title }))
    const archive = makeArchive([...members, checksumsOf(members)])
    writeFileSync(join(root, 'source', 'book.tar.gz.gpg'), await encrypt(archive, samplePassphrase))
  }
  const enter = async (title: string) => {
    await offer(title)
    await library.enter('book')
    await idle()
  }
  /** Lets it enter where its files are made, which costs no process: with that title in its metadata. */
  const enterMade = async (title: string) => {
    const staged = join(root, 'processing', 'book')
    mkdirSync(staged, { recursive: true })
    const made = (name: string, text: string) => {
      writeFileSync(join(staged, name), text)
      return {
        path: `book/${name}`,
        bytes: text.length,
        sha256: createHash('sha256').update(text).digest('hex'),
      }
    }
    const archive = { ...made('book.tar.gz.gpg', title), etag: title, date: '2026-11-26T12:00:00.000Z' }
    const outputs = {
      tarball: made('book.tar.gz', title),
      ocr: made('book_ocr.jsonl.gz', title),
      metadata: made('book_metadata.json', JSON.stringify({ title })),
    }
    const value = Modified({
      ...{ barcode: 'book', processing_bucket: 'processing', done_bucket: 'done', passphrase: 'sample' },
      ...{ archive, decrypted: archive, outputs },
      unpacked: { path: 'book/unpacked', files: 1, bytes: 1, pages: 1, mets: null },
      about: { title, author: null, date: null, language: null },
    })
    const token = { id: 'book', hop: 1, frames: [], priority: 0, deploy: 1 }
    await library.backend.commit([{ kind: 'push', queue: 'books/upload', token, value, enter: 'replace' }])
    await idle()
  }
  const decide = async (decision: Parameters<typeof library.review.decide>[1]) => {
    const { hop } = await library.review.get('book')
    await library.review.decide('book', decision, { hop, by: 'ann' })
    await idle()
  }
  /** All files of the book in storage. */
  const stored = () =>
    existsSync(join(done, 'book')) ? readdirSync(join(done, 'book'), { recursive: true }).sort() : []
  /** What a reader gets who goes by the row: its title, as the row and the metadata of that version have it. */
  const read = async () => {
    const [row] = await readExport(done)
    const text = readFileSync(join(done, 'book', row!.sha256, 'book_metadata.json'), 'utf8')
    return [row!.title, JSON.parse(text).title]
  }
  const context = openContext({
    source: folderSource(join(root, 'source')),
    keyring: {},
    processing: { processing: join(root, 'processing') },
    ...places,
    journey: (barcode) => library.backend.journey('books', barcode),
  })
  const sweep = () => sweepBucket(context, join(root, 'processing'))
  return { may, seen, offer, enter, enterMade, decide, stored, read, sweep, library }
}

test('a reader who goes by the row never sees a mix of two versions, and the earlier one goes with it', async () => {
  const { enterMade, read, seen, stored } = await open()
  await enterMade('First')
  const first = stored()
  expect(await read()).toEqual(['First', 'First'])
  const moments: [Did, unknown][] = []
  seen.push(async (did) => moments.push([did, await read()]))
  await enterMade('Second')
  const saw = (is: (did: Did) => boolean | undefined) =>
    moments.filter(([did]) => is(did)).map(([, titles]) => titles)
  const [one, two] = ['First', 'Second'].map((title) => [title, title])
  expect(saw(({ put }) => put !== undefined)).toEqual([one, one, one])
  expect(saw(({ removed }) => removed?.includes(String(first[0])))).toEqual([two, two, two])
  expect(await read()).toEqual(two)
  expect(stored()).toHaveLength(first.length)
  expect(stored()).not.toEqual(first)
})

test('files of before, which lie in the folder of the book itself, go with the first version that takes their place', async () => {
  const { enterMade, stored, library } = await open()
  const folder = folderStorage(library.folder('done'))
  await enterMade('First')
  const [version] = stored()
  const done = join(library.folder('done'), 'book')
  for (const name of readdirSync(join(done, String(version))))
    renameSync(join(done, String(version), name), join(done, name))
  rmdirSync(join(done, String(version)))
  expect(await folder.head('book/book.tar.gz')).toBeDefined()
  await enterMade('Second')
  expect(stored().filter((name) => /^book/.test(String(name)))).toEqual([])
  expect(stored()).toHaveLength(7)
})

test('a book that is rejected in its upload leaves the earlier version as it was, and nothing of its own', async () => {
  const { may, enterMade, decide, stored, read } = await open()
  await enterMade('First')
  const first = stored()
  may.store = false
  await enterMade('Second')
  expect(stored().length).toBeGreaterThan(first.length)
  await decide({ decision: 'reject', note: 'No.' })
  expect(stored()).toEqual(first)
  expect(await read()).toEqual(['First', 'First'])
})

test('a book that is rejected before its row was written was never stored', async () => {
  const { may, enterMade, decide, stored, read, library } = await open()
  await enterMade('First')
  const first = stored()
  may.look = false
  await enterMade('Second')
  expect((await library.stopped()).get('book').reason.stage).toBe('cleanUp')
  may.look = true
  await decide({ decision: 'reject', note: 'No.' })
  expect(stored()).toEqual(first)
  expect(await read()).toEqual(['First', 'First'])
})

test('a stored book does not stop because what it has replaced cannot be removed; the next start does that', async () => {
  const { may, enterMade, stored, read, sweep, library } = await open()
  await enterMade('First')
  const { length } = stored()
  may.removeEarlier = false
  await enterMade('Second')
  expect((await library.finished()).get('book')).toMatchObject({ tag: 'Done' })
  expect(stored().length).toBe(2 * length)
  may.removeEarlier = true
  await sweep()
  expect(stored().length).toBe(length)
  expect(await read()).toEqual(['Second', 'Second'])
  expect(await library.staged()).toEqual([])
})

test('what a book has put into storage goes when it is cancelled while it waits, and when it is downloaded anew', async () => {
  const { may, offer, enter, decide, stored, sweep, library } = await open()
  may.store = false
  await enter('First')
  expect(stored()).not.toEqual([])
  await offer('Second')
  await decide({ decision: 'retry', from: 'download' })
  const [version] = stored()
  expect(stored().filter((name) => /tar\.gz$/.test(String(name)))).toEqual([`${version}/book.tar.gz`])
  await cancel(library.backend, { workflow: 'books', id: 'book', by: 'ann', reason: 'not ours' })
  expect(await sweep()).toEqual(['book'])
  expect(stored()).toEqual([])
})

test('a storage in which nothing may be removed takes nothing', async () => {
  const { may, enterMade, stored, library } = await open()
  may.remove = false
  await enterMade('First')
  expect((await library.stopped()).get('book').reason).toMatchObject({
    stage: 'upload',
    message: 'Nothing may be removed.',
  })
  expect(stored()).toEqual([])
})

test('a book of which files are gone from storage is not exported, and can be downloaded anew', async () => {
  const { may, enter, decide, read, library } = await open()
  may.look = false
  await enter('First')
  rmSync(join(library.folder('done'), 'book'), { recursive: true })
  may.look = true
  await decide({ decision: 'retry', from: 'cleanUp' })
  const { reason, retryFrom } = (await library.stopped()).get('book')
  expect(reason).toMatchObject({ class: 'clean-up', name: 'MissingFile' })
  expect(retryFrom).toEqual(['download', 'cleanUp'])
  await decide({ decision: 'retry', from: 'download' })
  expect(await read()).toEqual(['First', 'First'])
})
