import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Backend, type MaybePromise, makeQueues } from 'pipewright'
import { sqlite } from 'pipewright/sqlite'
import { surveyId } from '../../../workflows/books/ledger/survey-id.ts'
import { openContext, type Places } from '../../../workflows/books/open-context.ts'
import { sampleKeyring } from '../../../workflows/books/sample/lay-out-sample.ts'
import { folderSource } from '../../../workflows/books/source/folder-source.ts'
import type { Awaiting } from '../../../workflows/books/stages/await-conversion.ts'
import type { Tuning } from '../../../workflows/books/stages/tuning.ts'
import { Converted } from '../../../workflows/books/states/converted.ts'
import { stageNames } from '../../../workflows/books/states/reason.ts'
import { Survey } from '../../../workflows/books/states/survey.ts'
import { Wanted } from '../../../workflows/books/states/wanted.ts'
import { folderStorage } from '../../../workflows/books/storage/folder-storage.ts'
import { makeBooks } from '../../../workflows/books/workflow.ts'

// Soon taken over from a process that is gone, and soon tried again.
export const quick: Tuning = { leaseMs: 500, retry: { attempts: 2, minMs: 0, maxMs: 0 } }

const fieldsOf = (barcode: string) => ({
  barcode,
  processing_bucket: 'processing',
  done_bucket: 'done',
  passphrase: 'sample',
})
const bookOf = (barcode: string) => Converted(fieldsOf(barcode))

// Processes of tests say where, and have no tests.
async function openHere(path: string): Promise<Backend> {
  if (!process.env['PIPEWRIGHT_TEST_ON']) return sqlite(path)
  const { openAt } = await import('../../on/open.ts')
  return openAt(path)
}

interface LibraryParts<B extends Backend> {
  readonly awaiting?: Awaiting
  /** Opens the database that is used in place of a file in the folder. */
  readonly open?: (() => MaybePromise<B>) | undefined
}

/** The book workflow on a database in `root`, with its folders beside it. */
export async function openLibrary<B extends Backend = Backend>(
  root: string,
  tuning: Tuning = quick,
  { awaiting = {}, open, ...more }: Partial<Places> & LibraryParts<B> = {},
) {
  const folder = (name: string) => join(root, name)
  for (const name of ['source', 'processing', 'done']) await mkdir(folder(name), { recursive: true })
  const backend = (await (open ? open() : openHere(folder('queues.db')))) as B
  const tunings = stageNames.map((name) => [name, name === 'awaitConversion' ? awaiting : tuning])
  const workflow = makeBooks({ ...Object.fromEntries(tunings), survey: tuning })
  const queues = await makeQueues(workflow, backend, 'books')
  const context = openContext({
    source: folderSource(folder('source')),
    keyring: { file: sampleKeyring, shared: true },
    processing: { processing: folder('processing') },
    done: { done: { storage: folderStorage(folder('done')), exports: folder('done') } },
    journey: (barcode) => backend.journey('books', barcode),
    ...more,
  })
  const { review, ...workers } = queues.artifacts(context)
  const stop = new AbortController()
  let running: Promise<void>[] = []

  return {
    backend,
    review,
    folder,
    work: () => {
      running = Object.values(workers).map((run) => run(stop.signal))
    },
    enter: (barcode: string) => queues.input.push(barcode, bookOf(barcode)),
    /** Enters a book that GRIN is to be asked for. */
    want: (barcode: string) => queues.input.push(barcode, Wanted(fieldsOf(barcode)), { enter: 'replace' }),
    /** Enters a survey of the lists. */
    survey: (at: string) => queues.input.push(surveyId(at), Survey({ at })),
    /** Enters a token of which something is odd. */
    enterOdd: (id: string, told: Partial<ReturnType<typeof bookOf>>) =>
      queues.input.push(id, { ...bookOf(id), ...told }),
    /** What has been finished, by barcode. */
    finished: async () => {
      const { rows } = await backend.list('books/output')
      return new Map(rows.map(({ id, value }) => [id, value as any]))
    },
    /** What waits for a person, by barcode. */
    stopped: async () => {
      const { tasks } = await review.list()
      return new Map(tasks.map(({ id, state }) => [id, state as any]))
    },
    /** Whether no worker has anything to do. */
    isIdle: async () => {
      const working = (await backend.count()).filter(({ role }) => role === 'stage')
      return working.every(({ ready, leased, delayed }) => ready + leased + delayed === 0)
    },
    staged: () => readdir(folder('processing')),
    async close() {
      stop.abort()
      await Promise.all(running)
      await backend.close()
    },
  }
}

export type Library<B extends Backend = Backend> = Awaited<ReturnType<typeof openLibrary<B>>>
