import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { cron, makeQueues } from 'pipewright'
import type { QueueCount } from 'pipewright/backend'
import { memory } from 'pipewright/memory'
import { FakeClock } from 'pipewright/testing'
import { onTestFinished } from 'vitest'
import { feed } from '../../src/cli/beside/feeding.ts'
import type { FakeGrinOptions } from '../../workflows/books/fake-grin/fake-grin-options.ts'
import { openGrin } from '../../workflows/books/grin/grin.ts'
import { loginWith } from '../../workflows/books/grin/login.ts'
import { openLedger } from '../../workflows/books/ledger/ledger.ts'
import { surveyId } from '../../workflows/books/ledger/survey-id.ts'
import { openContext } from '../../workflows/books/open-context.ts'
import { sampleKeyring } from '../../workflows/books/sample/lay-out-sample.ts'
import { grinSource } from '../../workflows/books/source/grin-source.ts'
import { Survey } from '../../workflows/books/states/survey.ts'
import { Wanted } from '../../workflows/books/states/wanted.ts'
import { folderStorage } from '../../workflows/books/storage/folder-storage.ts'
import type { Storage } from '../../workflows/books/storage/storage.ts'
import { makeBooks } from '../../workflows/books/workflow.ts'
import { openGrin as openFake } from '../workflows/books/fake-grin/open-grin.ts'
import { credentialsOf } from '../workflows/books/grin/client.ts'
import { scratchFolder } from '../workflows/books/scratch.ts'

const hourMs = 3_600_000
const strideMs = 60_000
/** What real work takes of the clock's time is a multiple of this; it is far below all deadlines. */
const stepMs = 10
/** While GRIN is shut, those that ask it wait, and their leases are renewed in time. */
const waitMs = 4000
const asking = new Set(
  ['check', 'request', 'survey', 'awaitConversion/poll'].map((stage) => `books/${stage}`),
)
const machines = new Set<QueueCount['role']>(['stage', 'standing'])
const silent = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * The books on a fake GRIN, all on a clock that goes on when nothing is being done: files, HTTP and processes are real, and the time that
 * they take is no time.
 */
export async function virtualLibrary(
  options: FakeGrinOptions,
  { underWay, lostAfterMs }: { readonly underWay: number; readonly lostAfterMs: number },
) {
  const clock = new FakeClock()
  const fake = await openFake({ ...options, clock })
  const root = scratchFolder()
  const folder = (name: string) => join(root, name)
  for (const name of ['processing', 'done']) await mkdir(folder(name))
  const backend = memory({ clock })
  const books = makeBooks({ awaitConversion: { lostAfterMs } })
  const queues = await makeQueues(books, backend, 'books', { clock })
  const login = loginWith(credentialsOf(fake))
  const grin = openGrin({ base: `${fake.url}/libraries`, directory: fake.directory, login }, () =>
    clock.now(),
  )
  const ledger = openLedger(folder('ledger.db'), () => clock.now())
  const disk = fullAtTimes(folderStorage(folder('done')))
  const context = openContext({
    ...{ source: grinSource(grin), grin, ledger, now: () => clock.now(), diskRestMs: hourMs / 4 },
    keyring: { file: sampleKeyring, shared: true },
    processing: { processing: folder('processing') },
    done: { done: { storage: disk.storage, exports: folder('done') } },
    journey: (barcode) => backend.journey('books', barcode),
  })
  const { review, ...workers } = queues.artifacts(context)
  const stop = new AbortController()
  const seeds = {
    survey: {
      at: '0 3 * * *',
      value: (slot: Date) => Survey({ at: slot.toISOString() }),
      id: (slot: Date) => surveyId(slot.toISOString()),
    },
  }
  const running = [...Object.values(workers), cron(queues, seeds)].map((run) => run(stop.signal))
  onTestFinished(async () => {
    stop.abort()
    await Promise.all(running)
    await backend.close()
    ledger.close()
  })
  const seed = {
    value: (barcode: string) =>
      Wanted({ barcode, processing_bucket: 'processing', done_bucket: 'done', passphrase: 'sample' }),
    feed: {
      underWay,
      next: (count: number) => ledger.next(count).map(({ barcode }) => barcode),
      entered: (barcodes: readonly string[]) => ledger.want(barcodes),
    },
  }
  const feedNow = () => feed({ seed, backend, name: 'books' }, queues, { log: silent, signal: stop.signal })

  const isLike = async (isMeant: (count: QueueCount) => boolean) =>
    (await backend.count()).some((count) => machines.has(count.role) && isMeant(count))
  /** Whether a message waits for a worker that is about to look, or at a gate that lets the next one through within a second. */
  const isAboutTo = () => isLike(({ ready, parked }) => ready > 0 && (!parked || parked.why === 'rate'))

  /** Waits until no worker has anything in hand; seconds go by meanwhile, as some of them wait for a gate. */
  async function settle(): Promise<void> {
    for (let calm = 0; calm < 3; await setImmediate()) {
      const held = (await backend.count()).filter(({ role, leased }) => machines.has(role) && leased > 0)
      if (held.length === 0) {
        calm++
        continue
      }
      calm = 0
      const isAsking = held.every(({ queue }) => asking.has(queue))
      await sleep(isAsking ? 1 : stepMs)
      if (isAsking && (await isShut())) clock.stall(waitMs)
      clock.moveOn()
    }
  }

  const isShut = async () => (await backend.gates()).some(({ name, closed }) => name === 'grin' && closed)

  return {
    ...{ fake, backend, review, root, clock, disk, folder },
    /** Lets so many hours go by, in each of which books are fed as they are needed. */
    async hours(count: number): Promise<void> {
      for (let hour = 0; hour < count; hour++) {
        await feedNow()
        await settle()
        for (const until = clock.now() + hourMs; clock.now() < until; await settle()) {
          // Where nothing is about to happen, a minute goes by at once.
          if (!(await isAboutTo())) clock.stall(strideMs)
          clock.moveOn()
        }
      }
    },
    finished: async () => {
      const { rows } = await backend.list('books/output', { limit: 1000 })
      return new Map(rows.map(({ id, value }) => [id, value as any]))
    },
    stopped: async () => {
      const { tasks } = await review.list({ limit: 1000 })
      return new Map(tasks.map(({ id, state }) => [id, state as any]))
    },
  }
}

/** A storage whose disk is full when it is told so. */
function fullAtTimes(storage: Storage) {
  let isFull = false
  const put: Storage['put'] = async (key, upload) => {
    if (!isFull) return storage.put(key, upload)
    throw Object.assign(new Error('There is no space left on its disk (ENOSPC).'), { code: 'ENOSPC' })
  }
  return {
    storage: { ...storage, put },
    setFull: (full: boolean) => {
      isFull = full
    },
  }
}
