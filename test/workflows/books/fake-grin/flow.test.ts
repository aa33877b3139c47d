import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { openLibrary } from '../library.ts'
import { scratchFolder } from '../scratch.ts'
import { openGrin } from './open-grin.ts'

it('the workflow stores made books, and stops broken ones', async () => {
  const [broken, small, other] = ['32101900000000', '32101900000001', '32101900000002']
  const books = { sample: false, made: { count: 3, pages: 6, bytes: 1_500_000 }, converted: 3 }
  const grin = await openGrin({ books, faults: [{ fault: 'bad-checksum', of: broken }] })
  const root = scratchFolder()
  await mkdir(join(root, 'source'))
  for (const barcode of grin.books.barcodes()) {
    const archive = await (await grin.get(barcode)).arrayBuffer()
    await writeFile(join(root, 'source', `${barcode}.tar.gz.gpg`), Buffer.from(archive))
  }
  const library = await openLibrary(root)
  onTestFinished(library.close)
  for (const barcode of grin.books.barcodes()) await library.enter(barcode)
  library.work()
  await vi.waitUntil(library.isIdle, { timeout: 60_000, interval: 50 })
  expect([...(await library.finished()).keys()].sort()).toEqual([small, other])
  expect((await library.finished()).get(small)).toMatchObject({ tag: 'Done', pages: 6 })
  expect((await library.stopped()).get(broken)).toMatchObject({ reason: { name: 'BadChecksum' } })
}, 70_000)
