import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeQueues } from 'pipewright'
import { expect, test, vi } from 'vitest'
import app from '../../../artifacts/books.ts'
import { cancel } from '../../../src/run/desk/cancel.ts'
import { silent } from '../../../src/run/log.ts'
import { openContext } from '../../../workflows/books/open-context.ts'
import { folderSource } from '../../../workflows/books/source/folder-source.ts'
import type { Source } from '../../../workflows/books/source/source.ts'
import { Converted } from '../../../workflows/books/states/converted.ts'
import { type Sweeping, sweepBucket, sweeping } from '../../../workflows/books/sweep.ts'
import { makeBooks } from '../../../workflows/books/workflow.ts'
import { openUsual } from '../../on/open.ts'
import { scratchFolder } from './scratch.ts'

function staged(...barcodes: string[]): string {
  const folder = scratchFolder()
  for (const barcode of barcodes) {
    mkdirSync(join(folder, barcode))
    writeFileSync(join(folder, barcode, `${barcode}.tar.gz.gpg`), 'a book')
  }
  return folder
}

/** What is known of books that have stored nothing. */
const knowing = (hasLeft: Sweeping['hasLeft']): Sweeping => ({
  hasLeft,
  storage: () => expect.fail('no storage is asked'),
  exports: () => expect.fail('no export is asked'),
})

test('what books that have left have left behind is removed, and nothing else', async () => {
  const folder = staged('left-1', 'living', 'unknown', 'not a barcode', 'left-2', 'left-3.0123456789ab.left')
  const hasLeft = async (barcode: string) => barcode.startsWith('left')
  expect((await sweepBucket(knowing(hasLeft), folder)).sort()).toEqual(['left-1', 'left-2'])
  expect(readdirSync(folder).sort()).toEqual(['living', 'not a barcode', 'unknown'])
  expect(await sweepBucket(knowing(hasLeft), join(folder, 'nowhere'))).toEqual([])
})

test('the files of a book that enters anew meanwhile are put back', async () => {
  const folder = staged('back')
  const looks = [true, false]
  expect(
    await sweepBucket(
      knowing(async () => looks.shift()!),
      folder,
    ),
  ).toEqual([])
  expect(readdirSync(join(folder, 'back'))).toEqual(['back.tar.gz.gpg'])
})

test('what another process has put aside and will put back is not removed by one that starts', async () => {
  const folder = staged('back')
  const another = () =>
    sweepBucket(
      knowing(async () => false),
      folder,
    )
  const looks = [async () => true, async () => (await another()).length > 0]
  expect(
    await sweepBucket(
      knowing(() => looks.shift()!()),
      folder,
    ),
  ).toEqual([])
  expect(readdirSync(folder)).toEqual(['back'])
  expect(readdirSync(join(folder, 'back'))).toEqual(['back.tar.gz.gpg'])
})

test('what its download has written anew meanwhile stays', async () => {
  const folder = staged('anew')
  let looks = 0
  const hasLeft = async () => {
    if (looks++ === 0) return true
    mkdirSync(join(folder, 'anew'))
    writeFileSync(join(folder, 'anew', 'fresh'), '')
    return false
  }
  expect(await sweepBucket(knowing(hasLeft), folder)).toEqual([])
  expect(readdirSync(folder)).toEqual(['anew'])
  expect(readdirSync(join(folder, 'anew'))).toEqual(['fresh'])
})

test('the app removes what cancelled books have left when it starts', async () => {
  const folder = staged('cancelled', 'living')
  const config = app.config['~standard'].validate({ processing: folder })
  const { value } = (await config) as { value: Parameters<typeof app.open>[0] }
  const { context } = await app.open(value, { log: silent, folder })
  const journey = async (id: string) => (id === 'living' ? { queue: 'books/unpack' } : {})
  await (context as (queues: object) => Promise<object>)({ journey })
  expect(readdirSync(folder)).toEqual(['living'])
})

test('a book whose work is stopped for another reason keeps its files', async () => {
  const folder = staged('living')
  const context = openContext({
    source: folderSource(folder),
    keyring: {},
    processing: { processing: folder },
    done: {},
    journey: async () => ({ queue: 'books/decrypt', finishedAt: undefined }),
  })
  const book = { barcode: 'living', processing_bucket: 'processing', done_bucket: 'done', passphrase: 'a' }
  const work = sweeping(() => Promise.reject(new Error('stopped')))
  const ctx = { ...context, signal: AbortSignal.abort() } as Parameters<typeof work>[1]
  await expect(work(book, ctx)).rejects.toThrow('stopped')
  expect(readdirSync(folder)).toEqual(['living'])
})

test('a book that is cancelled while it is worked on leaves nothing, its neighbour keeps its files', async () => {
  const folder = scratchFolder()
  const backend = await openUsual()
  const queues = await makeQueues(makeBooks({ download: { leaseMs: 300 } }), backend, 'books')
  // Writes something, and then waits until it is stopped.
  const source: Source = {
    fetch: async (barcode, { target, signal }) => {
      mkdirSync(join(folder, barcode), { recursive: true })
      writeFileSync(`${target}.0123456789ab.partial`, 'half a book')
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    },
  }
  const context = openContext({
    source,
    keyring: {},
    processing: { processing: folder },
    done: { done: { storage: {} as never, exports: folder } },
    journey: (barcode) => backend.journey('books', barcode),
  })
  const stop = new AbortController()
  const running = queues.artifacts(context).download(stop.signal)
  for (const barcode of ['cancelled', 'stays']) {
    const buckets = { processing_bucket: 'processing', done_bucket: 'done', passphrase: 'sample' }
    await queues.input.push(barcode, Converted({ barcode, ...buckets }))
    await vi.waitUntil(() => existsSync(join(folder, barcode)), { timeout: 10_000 })
  }
  await cancel(backend, { workflow: 'books', id: 'cancelled', by: 'ann', reason: 'not ours' })
  await vi.waitUntil(() => String(readdirSync(folder)) === 'stays', { timeout: 10_000 })
  await cancel(backend, { workflow: 'books', id: 'stays', by: 'ann', reason: 'the end of the test' })
  stop.abort()
  await running
  await vi.waitUntil(() => readdirSync(folder).length === 0, { timeout: 10_000 })
}, 30_000)
