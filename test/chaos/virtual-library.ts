import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { cron, makeQueues } from 'pipewright'
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
const silent = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * The books on a fake GRIN, all on a clock that goes on when nothing is being done: files, HTTP and processes are real, and the time that
 * they take is no time.
 */
export async function virtualLibrary(options: FakeGrinOptions, { underWay }: { readonly underWay: number }) {
  const clock = new FakeClock()
  const fake = await openFake({ ...options, clock })
  const root = scratchFolder()
  const folder = (name: string) => join(root, name)
  for (const name of ['processing', 'done']) await mkdir(folder(name))
  const backend = memory({ clock })
  const books = makeBooks()
  const queues = await makeQueues(books, backend, 'books', { clock })
  const login = loginWith(credentialsOf(fake))
  const grin = openGrin({ base: `${fake.url}/libraries`, directory: fake.directory, login }, () =>
    clock.now(),
  )
  const ledger = openLedger(folder('ledger.db'), () => clock.now())
  const disk = fullAtTimes(folderStorage(folder('done')))
  const context = openContext({
    ...{ source: grinSource(grin), grin, ledger, now: () => clock.now() },
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

  /** Whether a worker has a message, or could have one. */
  async function isBusy(): Promise<boolean> {
    const counts = await backend.count()
    return counts.some(
      ({ role, leased, ready, parked }) =>
        (role === 'stage' || role === 'standing') && (leased > 0 || (ready > 0 && !parked)),
    )
  }

  /** Whether a message waits at a gate that lets one through every quarter of a second. */
  async function isPaced(): Promise<boolean> {
    return (await backend.count()).some(({ ready, parked }) => ready > 0 && parked?.why === 'rate')
  }

  async function settle(): Promise<void> {
    for (let calm = 0; calm < 3; ) {
      if (await isBusy()) {
        calm = 0
        await sleep(2)
      } else calm++
      await setImmediate()
    }
  }

  return {
    ...{ fake, backend, review, root, clock, disk, folder },
    /** Lets so many hours go by, in each of which books are fed as they are needed. */
    async hours(count: number): Promise<void> {
      for (let hour = 0; hour < count; hour++) {
        const began = performance.now()
        await feedNow()
        await settle()
        for (const until = clock.now() + hourMs; clock.now() < until; await settle()) {
          // Where no message waits for its turn within seconds, a minute goes by at once.
          if (!(await isPaced())) clock.stall(strideMs)
          clock.moveOn()
        }
        if (hour === 19) console.log(new Date(clock.now()).toISOString(), Math.round(performance.now() - began), JSON.stringify((await backend.count()).filter((q) => q.ready + q.leased + q.delayed +q.waiting> 0).map((q) => [q.queue, q.ready, q.leased, q.delayed, q.waiting, q.parked?.why])))
      }
    },
    finished: async () => {
      const { rows } = await backend.list('books/output', { limit: 10_000 })
      return new Map(rows.map(({ id, value }) => [id, value as any]))
    },
    stopped: async () => {
      const { tasks } = await review.list({ limit: 10_000 })
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
