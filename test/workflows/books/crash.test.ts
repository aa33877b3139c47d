import { fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { builtFile } from '../../built.ts'
import { patience } from '../../on/kind.ts'
import { urlAt } from '../../on/open.ts'
import { openLibrary } from './library.ts'
import { sampleFile, scratchFolder } from './scratch.ts'

const barcodes = ['32101700000019', '32101700000035', '32101700000043']
const script = builtFile('test/workflows/books/library-process.ts')

/** The moments at which a process is killed, by what is to be seen in the folders. */
const moments: readonly [string, RegExp][] = [
  ['processing', /\.partial$/],
  ['processing', /unpacked$/],
  ['done', /\.tar\.gz/],
]

async function filesIn(folder: string): Promise<string[]> {
  // A folder may go while it is read.
  return readdir(folder, { recursive: true }).catch(() => [])
}

it('loses nothing and leaves nothing behind when its process is killed again and again', {
  timeout: 180_000 * patience,
}, async () => {
  const root = scratchFolder()
  await mkdir(join(root, 'source'))
  for (const barcode of barcodes) {
    const name = `${barcode}.tar.gz.gpg`
    await copyFile(sampleFile(name), join(root, 'source', name))
  }
  const library = await openLibrary(root)
  onTestFinished(library.close)
  for (const barcode of barcodes) await library.enter(barcode)

  for (const [folder, sign] of moments) {
    const child = fork(script, [root, await urlAt(join(root, 'queues.db'))], { execArgv: [] })
    const seen = async () => (await filesIn(join(root, folder))).some((name) => sign.test(name))
    await vi.waitUntil(seen, { timeout: 30_000 * patience, interval: 1 })
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  expect((await library.finished()).size).toBeLessThan(barcodes.length)

  library.work()
  await vi.waitUntil(library.isIdle, { timeout: 60_000 * patience, interval: 20 })
  const finished = await library.finished()
  expect([...finished.keys()].sort()).toEqual(barcodes)
  expect(await library.staged()).toEqual([])
  const expected = [...finished.values()].flatMap(({ barcode, stored }) => [
    barcode,
    `${barcode}/${stored[0].sha256}`,
    ...stored.flatMap(({ key }: { key: string }) => [key, `${key}.meta.json`]),
  ])
  expect((await filesIn(library.folder('done'))).sort()).toEqual(
    [...expected, 'books_export.csv', 'books_export.csv.index'].sort(),
  )
  const { rows } = await library.backend.list('books/output')
  expect(rows).toHaveLength(barcodes.length)
})
