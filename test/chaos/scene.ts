import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SqliteBackend, sqlite } from '../../src/backends/sqlite/index.ts'
import { type Backend, makeQueues } from '../../src/index.ts'
import type { Place } from '../on/open.ts'
import { type Line, readLedger } from './ledger.ts'
import { makeTravel, start } from './travel.ts'
import type { WorkerSetup } from './worker-process.ts'

/** A process that works on the tokens of a scene. */
export interface WorkerProcess {
  /** Its ledger is called like this. */
  readonly name: string
  readonly child: ChildProcess
  /** Whether it has got as far as to work. */
  readonly isReady: () => boolean
  /** Kills it with SIGKILL, unless it has ended; resolves when it has. */
  readonly kill: () => Promise<void>
}

/** A database with the five stages, tokens that enter, processes that work, and their ledger. */
export interface Scene {
  readonly database: string
  /** Where its rows can be looked at with SQL. */
  readonly rows: string
  /** The folder of the ledgers. */
  readonly ledger: string
  readonly backend: Backend
  /** The same, if the scene has its queues in a file. */
  readonly file: SqliteBackend | undefined
  /** The ids whose pushes were answered; and their file, which another process may look at. */
  readonly entered: ReadonlySet<string>
  readonly enteredFile: string
  readonly enter: (ids: readonly string[], delayMs?: number) => Promise<void>
  /** Its work takes by default as long as the others'; `env` is added to its environment. */
  readonly startWorker: (workMs?: WorkerSetup['workMs'], env?: NodeJS.ProcessEnv) => WorkerProcess
  readonly lines: (worker?: WorkerProcess) => readonly Line[]
  readonly finished: () => Promise<number>
  /** What the workers have written to their standard error. */
  readonly errors: () => string
  readonly close: () => Promise<void>
}

/** Makes a scene in a folder of its own, whose workers run `script`, with its queues in a file there or at `place`. */
export async function openScene(
  script: string,
  setup: Pick<WorkerSetup, 'options' | 'workMs'>,
  place?: Pick<Place, 'url' | 'rows' | 'open'>,
): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-chaos-'))
  const path = join(folder, 'queues.db')
  const database = place?.url ?? path
  const ledger = join(folder, 'ledger')
  const enteredFile = join(folder, 'entered')
  mkdirSync(ledger)
  writeFileSync(enteredFile, '')
  const errors = openSync(join(folder, 'errors'), 'a')
  const file = place ? undefined : await sqlite(path)
  const backend = file ?? (await place!.open())
  const { input, output } = await makeQueues(makeTravel(setup.options), backend, 'travel')
  const entered = new Set<string>()
  const workers = new Set<WorkerProcess>()
  let started = 0

  return {
    database,
    rows: place?.rows ?? path,
    ledger,
    backend,
    file,
    entered,
    enteredFile,
    async enter(ids, delayMs = 0) {
      await Promise.all(ids.map((id) => input.push(id, start, { delayMs })))
      for (const id of ids) entered.add(id)
      appendFileSync(enteredFile, ids.map((id) => `${id}\n`).join(''))
    },
    startWorker(workMs = setup.workMs, env = {}) {
      const name = String(++started)
      writeFileSync(join(ledger, name), '')
      const told: WorkerSetup = { database, ledger, name, ...setup, workMs }
      const child = fork(script, [JSON.stringify(told)], {
        execArgv: [],
        env: { ...process.env, ...env },
        stdio: ['ignore', 'ignore', errors, 'ipc'],
      })
      const ended = once(child, 'exit')
      let isReady = false
      child.once('message', () => (isReady = true))
      const worker: WorkerProcess = {
        name,
        child,
        isReady: () => isReady,
        async kill() {
          child.kill('SIGKILL')
          await ended
        },
      }
      workers.add(worker)
      void ended.then(() => workers.delete(worker))
      return worker
    },
    lines: (worker) => readLedger(ledger, worker && [worker.name]),
    finished: () => output.count(),
    errors: () => readFileSync(join(folder, 'errors'), 'utf8'),
    async close() {
      await Promise.all([...workers].map(({ kill }) => kill()))
      await backend.close()
      closeSync(errors)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
