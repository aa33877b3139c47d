import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { checksumsOf, encrypt, makeArchive } from '../../../workflows/books/sample/make-archive.ts'
import { folderStorage } from '../../../workflows/books/storage/folder-storage.ts'
import type { Storage } from '../../../workflows/books/storage/storage.ts'
import { dropIncoming, storeVersion } from '../../../workflows/books/storage/version.ts'
import { mets, pages } from '../../chaos/hostile/good-book.ts'
import { openLibrary, quick } from './library.ts'
import { samplePassphrase, scratchFolder } from './scratch.ts'

/** A library whose storage does not take a second file while `full.is`. */
async function open() {
  const root = scratchFolder()
  const done = join(root, 'done')
  const full = { is: false }
  const folder = folderStorage(done)
  const put: Storage['put'] = async (key, upload) => {
    if (full.is && key.includes('_ocr')) throw new Error('The storage is full.')
    return folder.put(key, upload)
  }
  const library = await openLibrary(root, quick, {
    done: { done: { storage: { ...folder, put }, exports: done } },
  })
  onTestFinished(library.close)
  library.work()
  const idle = () => vi.waitUntil(library.isIdle, { timeout: 30_000, interval: 20 })
  const enter = async (xml: string) => {
    const members = pages('book', xml)
    const archive = makeArchive([...members, checksumsOf(members)])
    writeFileSync(join(root, 'source', 'book.tar.gz.gpg'), await encrypt(archive, samplePassphrase))
    await library.enter('book')
    await idle()
  }
  const decide = async (decision: Parameters<typeof library.review.decide>[1]) => {
    const { hop } = await library.review.get('book')
    await library.review.decide('book', decision, { hop, by: 'ann' })
    await idle()
  }
  const stored = () => {
    const names = readdirSync(done).includes('book') ? readdirSync(join(done, 'book')).sort() : []
    return new Map(names.map((name) => [name, readFileSync(join(done, 'book', name), 'base64')]))
  }
  return { full, enter, decide, stored }
}

test('a book that is rejected in its upload leaves nothing in storage', async () => {
  const { full, enter, decide, stored } = await open()
  full.is = true
  await enter(mets())
  expect([...stored().keys()]).toEqual(['book.tar.gz.incoming', 'book.tar.gz.incoming.meta.json'])
  await decide({ decision: 'reject', note: 'No.' })
  expect(stored().size).toBe(0)
})

test('a version takes the place of an earlier one whole or not at all, and keeps none of its files', async () => {
  const root = scratchFolder()
  const storage = folderStorage(root)
  const version = (name: string, ...ends: string[]) =>
    new Map(
      ends.map((end) => {
        const file = join(scratchFolder(), 'file')
        writeFileSync(file, name)
        const sha256 = createHash('sha256').update(name).digest('hex')
        return [`book/book${end}`, { file, bytes: name.length, sha256 }]
      }),
    )
  const texts = () =>
    readdirSync(join(root, 'book'))
      .filter((name) => !name.endsWith('.meta.json'))
      .sort()
      .map((name) => [name, readFileSync(join(root, 'book', name), 'utf8')])
  const first = version('first', '.tar.gz', '_ocr.jsonl.gz', '_metadata.json')
  const second = version('second', '.tar.gz', '_ocr.jsonl.gz')
  await storeVersion(storage, 'book', first, () => {})
  const before = texts()
  const put: Storage['put'] = async (key, upload) => {
    if (key.includes('_ocr')) throw new Error('The storage is full.')
    return storage.put(key, upload)
  }
  await expect(storeVersion({ ...storage, put }, 'book', second, () => {})).rejects.toThrow('full')
  await dropIncoming(storage, 'book')
  expect(texts()).toEqual(before)
  await storeVersion(storage, 'book', second, () => {})
  expect(texts()).toEqual([
    ['book.tar.gz', 'second'],
    ['book_ocr.jsonl.gz', 'second'],
  ])
})
