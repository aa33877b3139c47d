import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import {
  type Failure,
  oneOf,
  review,
  state,
  type WorkContext,
  type WorkOptions,
  worker,
  workflow,
  wrapped,
} from '../../src/index.ts'
import type { Ledger } from './ledger.ts'

// Five stages in a row. What travels is the list of the runs that its results came from, so that the end of a travel
// says whose work it was. The beginning of an id says what happens to its token at the third stage: `abort...`,
// `exit...` and `segv...` kill the process, `burn...` lets nothing else run for three leases, `bad...` always fails, `once...` the
// first time, and `stop...` waits a while as all the others do, for the process to be stopped.

// Of the schema libraries this is the quickest to load, and these processes start often.
const runs = v.array(v.string())
const Runs = v.object({ runs })
const S1 = state('S1', Runs)
const S2 = state('S2', Runs)
const S3 = state('S3', Runs)
const S4 = state('S4', Runs)
const S5 = state('S5', Runs)
const Done = state('Done', Runs)
const Trouble = state('Trouble', v.object({ runs, kind: v.string(), attempts: v.number() }))

/** The hop in which something happens to odd tokens. */
export const oddHop = 3

/** What the handlers are given. */
interface Given {
  readonly ledger: Ledger
  /** The shortest and the longest time that the work takes, in milliseconds. */
  readonly workMs: readonly [number, number]
  readonly leaseMs: number
}

type Travelled = { readonly runs: string[] }
const pre = ({ runs }: Travelled) => runs
const failed = {
  to: Trouble,
  as: ({ runs }: Travelled, { kind, attempts }: Failure) => Trouble({ runs, kind, attempts }),
}

/** The workflow; every stage is driven as `options` say. */
export function makeTravel(options: WorkOptions) {
  const step = worker({ input: runs, output: runs, ...options, process: work })
  const look = review({ input: v.string(), decisions: { accept: v.object({}) } })
  return workflow({
    input: S1,
    output: oneOf(Done),
    stages: {
      one: wrapped(step, { input: S1, output: S2, pre, post: (_, runs) => S2({ runs }), failed }),
      two: wrapped(step, { input: S2, output: S3, pre, post: (_, runs) => S3({ runs }), failed }),
      three: wrapped(step, { input: S3, output: S4, pre, post: (_, runs) => S4({ runs }), failed }),
      four: wrapped(step, { input: S4, output: S5, pre, post: (_, runs) => S5({ runs }), failed }),
      five: wrapped(step, { input: S5, output: Done, pre, post: (_, runs) => Done({ runs }), failed }),
      desk: wrapped(look, {
        input: Trouble,
        output: Done,
        pre: ({ kind }) => kind,
        post: ({ runs }) => Done({ runs }),
      }),
    },
  })
}

/** What enters. */
export const start = S1({ runs: [] })

async function work(runs: readonly string[], ctx: Given & WorkContext): Promise<string[]> {
  const {
    key,
    ledger,
    workMs: [least, most],
  } = ctx
  const run = ledger.nextRun()
  ledger.write('begin', key, run)
  ctx.signal.addEventListener('abort', () => ledger.write('lost', key, run))
  if (ctx.hop === oddHop) beOdd(ctx)
  await sleep(least + Math.random() * (most - least))
  ledger.write('end', key, run)
  return [...runs, run]
}

function beOdd({ id, attempt, leaseMs }: Given & WorkContext): void {
  if (id.startsWith('abort')) process.abort()
  if (id.startsWith('exit')) process.exit(0)
  if (id.startsWith('segv')) process.kill(process.pid, 'SIGSEGV')
  if (id.startsWith('bad') || (id.startsWith('once') && attempt === 1)) throw new Error('This token is bad.')
  if (id.startsWith('burn')) {
    const until = performance.now() + 3 * leaseMs
    while (performance.now() < until);
  }
}
