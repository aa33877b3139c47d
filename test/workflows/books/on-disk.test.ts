import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { folderStorage } from '../../../workflows/books/storage/folder-storage.ts'
import type { Storage } from '../../../workflows/books/storage/storage.ts'
import { openLibrary, quick } from './library.ts'
import { sampleFile, scratchFolder } from './scratch.ts'

const barcode = '32101700000019'
const within = { timeout: 60_000, interval: 20 }

/** A storage whose disk takes nothing until it is relieved. */
function fullStorage(storage: Storage) {
  let isFull = true
  let refused = 0
  const put: Storage['put'] = async (key, upload) => {
    if (!isFull) return storage.put(key, upload)
    refused++
    throw Object.assign(new Error('It could not be written: there is no space left on its disk (ENOSPC).'), {
      code: 'ENOSPC',
    })
  }
  return {
    storage: { ...storage, put },
    refused: () => refused,
    relieve: () => {
      isFull = false
    },
  }
}

it('lets books wait while a disk is full, however long that is, and says why none is downloaded', async () => {
  const root = scratchFolder()
  const done = join(root, 'done')
  const { storage, refused, relieve } = fullStorage(folderStorage(done))
  const library = await openLibrary(root, quick, {
    done: { done: { storage, exports: done } },
    diskRestMs: 100,
  })
  onTestFinished(library.close)
  const archive = `${barcode}.tar.gz.gpg`
  copyFileSync(sampleFile(archive), join(library.folder('source'), archive))
  await library.enter(barcode)
  library.work()
  // More often than there are attempts.
  await vi.waitUntil(() => refused() > 4, within)
  const [row] = (await library.backend.list('books/upload')).rows
  expect(row).toMatchObject({ attempts: 0 })
  // It opens for a moment between two attempts.
  const disk = async () => (await library.backend.gates()).find(({ name }) => name === 'disk')
  await expect
    .poll(disk, within)
    .toMatchObject({ closed: true, reason: expect.stringContaining('no space left') })
  expect((await library.stopped()).size).toBe(0)
  relieve()
  await vi.waitUntil(async () => (await library.finished()).get(barcode)?.tag === 'Done', within)
}, 90_000)
