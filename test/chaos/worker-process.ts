// A process of the chaos tests: a worker of all five stages, until it is killed or its parent is gone. It says
// `ready` when it works, and answers every message with the bytes that it has in memory.
import {
  type Backend,
  isPipewrightError,
  makeQueues,
  openBackend,
  type WorkOptions,
} from '../../src/index.ts'
import { Ledger } from './ledger.ts'
import { makeTravel } from './travel.ts'

/** The one argument of such a process, as JSON. */
export interface WorkerSetup {
  readonly database: string
  readonly ledger: string
  /** No other process of the test has this name. */
  readonly name: string
  readonly workMs: readonly [number, number]
  readonly options: WorkOptions & { readonly leaseMs: number }
}

const { database, ledger: folder, name, options, workMs } = JSON.parse(process.argv[2]!) as WorkerSetup
process.on('disconnect', () => process.exit(1))
process.on('message', () => process.send!(process.memoryUsage.rss()))
const ledger = new Ledger(folder, name)
const backend = telling(await openBackend(database))
const queues = await makeQueues(makeTravel(options), backend, 'travel', { owner: `worker ${name}` })
const { desk: _, ...loops } = queues.artifacts({ ledger, workMs, leaseMs: options.leaseMs })
for (const run of Object.values(loops)) void run(new AbortController().signal)
process.send!('ready')

/** `backend`, with every answer to a result in the ledger. */
function telling(backend: Backend): Backend {
  return {
    ...backend,
    async commit(changes) {
      const results = changes.flatMap((change) => {
        if (change.kind !== 'push') return []
        const { id, hop } = change.token
        const { runs } = change.value as { runs: string[] }
        return [[`${id}:${hop - 1}`, runs[hop - 2] ?? 'none'] as const]
      })
      try {
        const receipt = await backend.commit(changes)
        for (const [key, run] of results) ledger.write('told', key, run)
        return receipt
      } catch (error) {
        if (isPipewrightError(error) && error.code === 'lease_lost') {
          for (const [key, run] of results) ledger.write('refused', key, run)
        }
        throw error
      }
    },
  }
}
