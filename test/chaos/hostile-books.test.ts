import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { stageNames } from '../../workflows/books/states/reason.ts'
import { builtFile } from '../built.ts'
import { type Library, openLibrary, quick } from '../workflows/books/library.ts'
import { archives } from './hostile/archives.ts'
import { book, pages } from './hostile/good-book.ts'
import type { Hostile } from './hostile/hostile.ts'
import { messages, passphrase } from './hostile/messages.ts'
import { packages } from './hostile/packages.ts'
import { literal, seal } from './hostile/packets.ts'
import { memoryOf, watch } from './hostile/watch.ts'

// Books made to do harm, each with a good one beside it, through the whole workflow in a process of its own. What was
// seen before there was a protection, or with it taken out:
// - no bound on what an archive unpacks to (`capsFor` in `members.ts`): the bombs are unpacked, 3 GiB in 24 s;
// - small files written one by one: 200,000 empty files take longer than a minute;
// - no bound on the depth of a METS (`read-mets.ts`): its process is busy for minutes, for good after a second try;
// - no bound on the lines of checksum.md5, and all defects kept: the process dies of its heap three times, as a crash;
// - no bound on extended headers (`header-reader.ts`): the reason is a type that is not in the archive;
// - no bound on what key derivations hash (`session-key-scan.ts`): 369 MB;
// - without `findContent` for short messages: a wrong passphrase is reported as a message that is not one file;
// - without the rule on odd ends in `unpack.task.ts`: a cut between two files is reported as missing files, to be accepted.

const long = process.env['CHAOS'] === 'long'
const leaseMs = long ? 2000 : 4000
const mostMs = 30_000
// In `npm test`, where other tests run beside it and garbage waits longer, a bound for leaks only.
const mostMb = long ? 300 : 600

let root: string
let library: Library
let child: ChildProcess
let watching: ReturnType<typeof watch>
let idleMb: number
let said = ''
let count = 0

// There are more of them than a page lists.
const find = async (queue: string, barcode: string) =>
  (await library.backend.get(queue, barcode))?.value as any
const finish = (barcode: string) => find('books/output', barcode)
const stopped = (barcode: string) => find('books/review', barcode)

async function enter(barcode: string, message: Buffer): Promise<void> {
  writeFileSync(join(root, 'source', `${barcode}.tar.gz.gpg`), message)
  await library.enter(barcode)
}

const wrap = (archive: Buffer) => seal(literal(archive), passphrase)
const good = (barcode: string) => wrap(gzipSync(book(pages(barcode))))

/** All files, folders and other entries of the library, by their paths. */
function everything(): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (path) => !path.startsWith('queues.db'),
  )
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'pipewright-hostile-'))
  await mkdir(join(root, 'source'))
  library = await openLibrary(root, { ...quick, leaseMs })
  const script = builtFile('test/workflows/books/library-process.ts')
  child = fork(script, [root, join(root, 'queues.db'), String(leaseMs)], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  child.stderr!.on('data', (text) => (said += text))
  // Two at once: then the processes that decrypt and unpack are there, and idle.
  await Promise.all(['good-a', 'good-b'].map((barcode) => enter(barcode, good(barcode))))
  await vi.waitUntil(async () => (await finish('good-a')) && (await finish('good-b')), { timeout: 120_000 })
  idleMb = await memoryOf(child.pid!)
  watching = watch(
    child.pid!,
    library,
    stageNames.map((name) => `books/${name}`),
  )
}, 120_000)

afterAll(async () => {
  await watching?.stop()
  child.kill('SIGKILL')
  await once(child, 'exit')
  await library.close()
  rmSync(root, { recursive: true, force: true })
})

describe.each([
  ['archive', archives],
  ['package', packages],
  ['message', messages],
])('a hostile %s', (_, all) => {
  const chosen = Object.entries(all).filter(([, { short }]) => long || short)
  it.each(chosen)(
    '(%s) ends in review, harms nothing and holds up no other book',
    { timeout: 4 * mostMs },
    async (_, hostile) => {
      const barcode = `hostile-${++count}`
      const beside = `good-${count}`
      const bytes = await made(hostile, barcode)
      const before = new Set(everything())
      watching.seen()
      const startedAt = performance.now()
      await enter(barcode, bytes)
      await enter(beside, good(beside))
      const end = hostile.reason ? stopped : finish
      await vi.waitUntil(() => end(barcode), { timeout: mostMs, interval: 20 })
      const tookMs = performance.now() - startedAt
      const { rssMb, leaseLeftMs } = watching.seen()
      await vi.waitUntil(() => finish(beside), { timeout: 2 * mostMs, interval: 20 })

      const { reason } = await end(barcode)
      if (long) report({ barcode, bytes: bytes.length, tookMs, mb: rssMb - idleMb, leaseLeftMs, reason })
      if (hostile.reason) {
        expect(`${reason.name}: ${reason.message}`).toMatch(hostile.reason)
        expect(reason).toMatchObject({ kind: 'error', attempts: 1 })
      }
      expect(tookMs).toBeLessThan(mostMs)
      expect(rssMb - idleMb).toBeLessThan(mostMb)
      expect(leaseLeftMs).toBeGreaterThan(leaseMs / 2)
      expect(child.exitCode ?? child.signalCode).toBeNull()
      expect(said).toBe('')
      expect(strays(before, barcode, beside)).toEqual([])
      rmSync(join(root, 'source', `${barcode}.tar.gz.gpg`))
    },
  )
})

/** The figures of a case, as a line. */
function report(figures: Record<string, unknown>): void {
  const round = (_: string, value: unknown) => (typeof value === 'number' ? Math.round(value) : value)
  process.stdout.write(`${JSON.stringify({ case: expect.getState().currentTestName, ...figures }, round)}\n`)
}

async function made({ archive, message }: Hostile, barcode: string): Promise<Buffer> {
  return archive ? wrap(archive(barcode)) : message!(barcode)
}

/** What came into being where nothing should, or is not a plain file or folder, or shows what was not proven. */
function strays(before: ReadonlySet<string>, barcode: string, beside: string): string[] {
  const fresh = everything().filter((path) => !before.has(path))
  const own = [
    `processing/${barcode}`,
    `done/${barcode}`,
    `done/${beside}`,
    'done/books_export.csv',
    'source/',
  ]
  const outside = fresh.filter((path) => !own.some((start) => path.startsWith(start)))
  const odd = fresh.filter((path) => {
    const stats = lstatSync(join(root, path))
    return (
      !(stats.isFile() || stats.isDirectory()) || (stats.mode & 0o7000) !== 0 || path.endsWith('.partial')
    )
  })
  return [...outside, ...odd]
}
