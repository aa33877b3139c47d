import { setImmediate } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import * as z from 'zod'
import {
  type Backend,
  type Failure,
  type Infer,
  type Log,
  makeQueues,
  type QueuesOptions,
  type Runnable,
  type Stage,
  state,
  type WorkOptions,
  worker,
  wrapped,
} from '../../src/index.ts'
import type { WorkContext } from '../../src/run/work/work-context.ts'
import { crashing, FakeClock } from '../../src/testing/index.ts'
import { on } from '../on/kind.ts'
import { openUsual } from '../on/open.ts'
import { quiet } from '../on/quiet.ts'

export const Wanted = state('Wanted', z.object({ text: z.string() }))
export const Made = state('Made', z.object({ text: z.string() }))
const Refused = state('Refused', z.object({ kind: z.string(), why: z.string(), attempts: z.number() }))

type Process = (text: string, ctx: WorkContext) => string | Promise<string>
type Many = (texts: readonly string[], ctxs: readonly WorkContext[]) => Promise<readonly (string | Error)[]>

/** Options of a rig beside the work. */
export interface Rigging extends WorkOptions {
  /** What stands between the worker and the memory. */
  readonly over?: (backend: Backend) => Backend
  /** The backend behind it; by default a memory of its own. */
  readonly inner?: Backend
  readonly clock?: FakeClock
  readonly log?: Log
  readonly suspects?: QueuesOptions['suspects']
  /** Whether a token that fails for good goes on, as `Refused`; by default true. */
  readonly failed?: boolean
}

/** What of it is the worker's own. */
function optionsOf({ over, inner, clock, log, suspects, failed, ...options }: Rigging): WorkOptions {
  return options
}

const io = { input: z.string(), output: z.string() }

/** A worker stage that works on one message at a time; see `rigOf`. */
export function makeRig(process: Process, rigging: Rigging = {}) {
  return rigOf(worker({ ...io, ...optionsOf(rigging), process }), rigging)
}

/** A worker stage that works on up to `batch` messages at a time; see `rigOf`. */
export function makeBatchRig(batch: number, process: Many, rigging: Rigging = {}) {
  return rigOf(worker({ ...io, ...optionsOf(rigging), batch, process }), rigging)
}

/** `stage` as `make/main`, over memory and a clock that the test moves. Stopped when the test ends. */
async function rigOf(stage: Stage<string, string, Runnable, unknown>, rigging: Rigging) {
  const {
    clock = new FakeClock(),
    failed = true,
    inner = await openUsual({ clock }),
    log,
    over,
    suspects,
  } = rigging
  const backend = crashing(over ? over(inner) : inner, {})
  const pre = ({ text }: Infer<typeof Wanted>) => text
  const usual = { input: Wanted, output: Made, pre, post: (_: unknown, text: string) => Made({ text }) }
  const refused = {
    to: Refused,
    as: (_: unknown, { kind, message, attempts }: Failure) => Refused({ kind, why: message, attempts }),
  }
  const flow = failed ? wrapped(stage, { ...usual, failed: refused }) : wrapped(stage, usual)
  const queues = await makeQueues<Infer<typeof Wanted>, unknown, Runnable, unknown>(flow, backend, 'make', {
    clock,
    owner: 'me',
    ...(log && { log }),
    ...(suspects && { suspects }),
  })
  const stop = new AbortController()
  const started: Promise<void>[] = []

  onTestFinished(async () => {
    stop.abort()
    let ended = false
    void Promise.all(started).then(() => (ended = true))
    for (let turn = 0; !ended; turn++) {
      if (turn > 100) throw new Error('A worker does not end.')
      await clock.advance(10_000)
    }
  })

  return {
    backend,
    inner,
    clock,
    queues,
    stop,
    /** Starts a worker loop, in the name of this process. */
    start() {
      const ended = queues.artifacts()(stop.signal)
      started.push(ended)
      return ended
    },
    /** Lets this process die. */
    kill: () => backend.die(),
    push: async (...ids: readonly string[]) => {
      for (const id of ids) await queues.input.push(id, Wanted({ text: id }))
    },
    row: (id: string) => inner.get('make/main', id),
    /** What came out, by id. */
    result: async (id: string) => (await inner.get('make/output', id))?.value,
    finished: async () => (await inner.count('make/output'))[0]!.ready,
    events: async (id: string) => (await inner.journey('make', id))!.lines.map(({ event }) => event),
    /** Another process that leases the next message and dies. Its lease of 1 s is left to run out. */
    async crash(owner = 'other') {
      const request = { owner, leaseMs: 1000, timeoutMs: 60_000, limit: 100, alone: true }
      const rows = await inner.lease('make/main', request)
      await clock.advance(1000)
      return rows.map(({ id }) => id)
    },
    /** Makes ready what has expired. */
    promote: () => inner.lease('make/main', { owner: 'any', leaseMs: 1000, timeoutMs: 1000, limit: 0 }),
  }
}

/** Lets what is under way go on for a few turns of the event loop. */
export async function settle(turns = 5): Promise<void> {
  if (on) return quiet()
  for (let turn = 0; turn < turns; turn++) await setImmediate()
}

/** Waits, in turns of the event loop, until `condition` holds; fails after five seconds. */
export async function until(condition: () => unknown): Promise<void> {
  const started = performance.now()
  while (!(await condition())) {
    const seconds = on ? 120 : 5
    if (performance.now() - started > seconds * 1000)
      throw new Error(`It did not happen within ${seconds} s: ${condition}`)
    await setImmediate()
  }
}

/** A promise, and the functions that end it. */
export function makeGate<T = void>() {
  let open!: (value: T) => void
  let fail!: (error: unknown) => void
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { promise, open, fail }
}
