// A process that lets tokens enter and works on them, under faults. It says on its standard output, one line by one
// system call each, what it was answered:
//   pushed ID          the push was answered
//   refused ID WHY     the push was refused
//   told ID HOP        the commit of that hop was answered
//   warned WHAT        what the backend warns of
// It ends when its standard input does.
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import { type Backend, makeQueues } from '../../../src/index.ts'
import { Ledger } from '../ledger.ts'
import { makeTravel, start } from '../travel.ts'

/** The one argument of such a process, as JSON. */
export interface PushSetup {
  readonly database: string
  readonly ledger: string
  /** What its ids begin with. */
  readonly prefix: string
  /** How many tokens enter, unless standard input ends before. */
  readonly tokens: number
  readonly everyMs: number
  /** Milliseconds of rest after half of the tokens: the keeper tidies after two seconds. */
  readonly restMs: number
}

const setup = JSON.parse(process.argv[2]!) as PushSetup
try {
  await main(setup)
} catch (error) {
  writeSync(2, `error: ${(error as Error).message}\n`)
  process.exitCode = 1
}
process.exit()

async function main({ database, ledger, prefix, tokens, everyMs, restMs }: PushSetup): Promise<void> {
  const backend = telling(await sqlite(database, { onWarning: (text) => say('warned', text) }))
  const options = { concurrency: 4, leaseMs: 2000, retry: { attempts: 1 } }
  const open = () => makeQueues(makeTravel(options), backend, 'travel')
  // A process that rests is there for what happens meanwhile.
  const queues = await open().catch((error) => (restMs > 0 ? open() : Promise.reject(error)))
  const given = { ledger: new Ledger(ledger, 'push'), workMs: [0, 2], leaseMs: 2000 } as const
  const { desk: _, ...loops } = queues.artifacts(given)
  const stop = new AbortController()
  const running = Object.values(loops).map((run) => run(stop.signal))
  process.stdin.once('end', () => stop.abort()).resume()
  for (let n = 0; n < tokens && !stop.signal.aborted; n++) {
    const id = `${prefix}${n}`
    await queues.input.push(id, start).then(
      () => say('pushed', id),
      (error) => say('refused', id, error.message),
    )
    await sleep(n === Math.floor(tokens / 2) ? restMs : everyMs)
  }
  while (!stop.signal.aborted && !(await isOver())) await sleep(20)
  stop.abort()
  await Promise.all(running)
  await backend.close()

  async function isOver(): Promise<boolean> {
    const counts = await backend.count().catch(() => undefined)
    return (
      counts?.every(
        ({ role, ready, leased, delayed }) => role === 'output' || ready + leased + delayed === 0,
      ) ?? false
    )
  }
}

function say(...words: readonly string[]): void {
  writeSync(1, `${words.join(' ')}\n`)
}

/** `backend`, which says what was answered to a hop. */
function telling(backend: Backend): Backend {
  return {
    ...backend,
    async commit(changes) {
      const receipt = await backend.commit(changes)
      for (const change of changes) if (change.kind === 'pop') say('told', change.id, String(change.hop))
      return receipt
    },
  }
}
