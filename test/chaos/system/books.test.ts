import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SqliteBackend, sqlite } from 'pipewright/sqlite'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type Library, openLibrary } from '../../workflows/books/library.ts'
import { sampleFile } from '../../workflows/books/scratch.ts'
import { figure } from '../figures.ts'
import { type SmallDisk, smallDisk } from './small-disk.ts'
import { reliefMs, tellRelief } from './tell-relief.ts'

// The folders of the book workflow are full, or read-only, when books come. How each protection was taken out once, in
// a copy, to see this fail: without `sayDiskTrouble` in `durable-file.ts` the reasons are the system's (`ENOENT` where
// the file system is read-only); without the `syscall` that it keeps, a full disk passes for a wrong passphrase.

const barcodes = ['32101700000019', '32101700000035', '32101700000043']
const leftBytes = 600_000

const full = {
  name: 'full',
  begin: (disk: SmallDisk) => disk.fill(),
  end: (disk: SmallDisk) => disk.free(),
  why: 'there is no space left on its disk (ENOSPC).',
}
// Room for the downloads, and not for what is in them.
const nearlyFull = { ...full, name: 'nearly full', begin: (disk: SmallDisk) => disk.fill(leftBytes) }
const readOnly = {
  name: 'read-only',
  begin: (disk: SmallDisk) => disk.readOnly(true),
  end: (disk: SmallDisk) => disk.readOnly(false),
  why: 'its file system is read-only (EROFS).',
}

it.each([
  { folder: 'processing', ...full },
  { folder: 'done', ...full },
  { folder: 'processing', ...nearlyFull },
  { folder: 'processing', ...readOnly },
  { folder: 'done', ...readOnly },
])('books go on when the folder "$folder" is not $name any more', { timeout: 120_000 }, async (trouble) => {
  const { library, disk } = await openSmall(trouble.folder)
  trouble.begin(disk)
  await Promise.all(barcodes.map(library.enter))
  library.work()
  const refusals = async () => {
    const sql = "select distinct queue, error from history where event = 'postponed'"
    return (await library.backend.query(sql)).rows.map(([queue, error]) => ({ queue, error: String(error) }))
  }
  await vi.waitUntil(async () => (await refusals()).length > 0, { timeout: 30_000 })
  const told = await refusals()
  trouble.end(disk)
  const endedAt = performance.now()
  const leaving = `select 1 from history where event = 'moved' and queue = '${told[0]!.queue}' limit 1`
  const goesOn = async () => (await library.backend.query(leaving)).rows.length > 0
  await vi.waitUntil(goesOn, { timeout: 2 * reliefMs })
  const tookMs = performance.now() - endedAt
  await vi.waitUntil(library.isIdle, { timeout: 60_000, interval: 200 })

  expect([...(await library.stopped())]).toEqual([])
  expect((await library.finished()).size).toBe(barcodes.length)
  const unclear = told.filter(({ error }) => !error.endsWith(`could not be written: ${trouble.why}`))
  const what = `books: the folder "${trouble.folder}" is ${trouble.name}`
  const seen = (unclear[0] ?? told[0])!.error
  figure(what, 'refused clearly', seen, unclear.length === 0)
  const left = halfWritten(library)
  figure(what, 'nothing half-written', left.join(' ') || 'nothing', left.length === 0)
  tellRelief(what, tookMs)
})

async function openSmall(name: string): Promise<{ library: Library<SqliteBackend>; disk: SmallDisk }> {
  const root = mkdtempSync(join(tmpdir(), 'pipewright-books-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, name))
  const disk = smallDisk(8, join(root, name))
  const library = await openLibrary<SqliteBackend>(
    root,
    {},
    {
      diskRestMs: 3000,
      open: () => sqlite(join(root, 'queues.db')),
    },
  )
  onTestFinished(library.close)
  for (const barcode of barcodes) {
    const archive = `${barcode}.tar.gz.gpg`
    copyFileSync(sampleFile(archive), join(library.folder('source'), archive))
  }
  return { library, disk }
}

/** What has a name of something that is not complete. */
function halfWritten({ folder }: Pick<Library, 'folder'>): readonly string[] {
  return ['processing', 'done'].flatMap((name) =>
    readdirSync(folder(name), { recursive: true })
      .map(String)
      .filter((path) => path.endsWith('.partial')),
  )
}
