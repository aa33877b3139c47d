import { expect, onTestFinished } from 'vitest'
import * as z from 'zod'
import {
  type Backend,
  type BulkRequest,
  type BulkRun,
  makeQueues,
  sequential,
  state,
  worker,
  workflow,
  wrapped,
} from '../../../src/index.ts'
import type { Change } from '../../../src/queue/change.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { patience } from '../../on/kind.ts'

const Raw = state('Raw', z.object({ n: z.number().max(99_999), note: z.string().optional() }))
const Ripe = state('Ripe', z.object({ n: z.number().max(99_999), note: z.string().optional() }))
const Done = state('Done', z.object({ n: z.number() }))

const plain = worker({ input: z.number(), output: z.number(), process: (n) => n })

/** Stages of which none works; the two within `second` take the same values. */
const flow = workflow({
  input: Raw,
  output: Done,
  stages: {
    first: wrapped(plain, {
      ...{ input: Raw, output: Ripe },
      pre: ({ n }) => n,
      post: (_, n) => Ripe({ n }),
      facets: ({ n }) => ({ odd: n % 2 }),
    }),
    second: wrapped(sequential(plain, plain), {
      ...{ input: Ripe, output: Done },
      pre: ({ n }) => n,
      post: (_, n) => Done({ n }),
    }),
  },
})

export const who = { by: 'ann', reason: 'A new key.' }

/** The flow on a backend, with a clock that the test moves. */
export async function rig(open: (options: { readonly clock: FakeClock }) => Promise<Backend>) {
  const clock = new FakeClock()
  const backend = await open({ clock })
  const queues = await makeQueues(flow, backend, 'flow', { clock })
  onTestFinished(() => backend.close())
  const { bulk } = queues
  const first = 'flow/first'

  /** Works on runs until `end` holds, `ms` milliseconds of the clock at a time. */
  async function workUntil(end: () => Promise<boolean>, ms = 1): Promise<void> {
    const stop = new AbortController()
    const working = bulk.work(stop.signal)
    const moved = async (condition: () => Promise<boolean> | boolean) => {
      await clock.advance(ms)
      return condition()
    }
    await expect.poll(() => moved(end), { interval: 1, timeout: 60_000 * patience }).toBe(true)
    let isOver = false
    void working.then(() => (isOver = true))
    stop.abort()
    await expect.poll(() => moved(() => isOver), { interval: 1, timeout: 20_000 * patience }).toBe(true)
  }

  return {
    ...{ backend, bulk, clock, queues, workUntil },
    /** Lets `count` tokens enter, with numbers from `from` on. */
    async push(count: number, from = 0) {
      const token = (n: number) => ({ id: `t${n}`, hop: 1, frames: [], priority: 0, deploy: 1 })
      const pushes = Array.from({ length: count }, (_, i): Change => {
        const n = from + i
        const value = { tag: 'Raw', n }
        return { kind: 'push', queue: first, token: token(n), value, enter: 'refuse', marks: { odd: n % 2 } }
      })
      for (let i = 0; i < count; i += 500) await backend.commit(pushes.slice(i, i + 500))
    },
    /** Lets what is ready in `first` die. */
    async die(limit = 1000) {
      const leased = await backend.lease(first, { owner: 'w', leaseMs: 1000, timeoutMs: 1000, limit })
      const error = { kind: 'error', name: 'RangeError', message: 'no key' } as const
      await backend.commit(
        leased.map(({ id, hop, lease }): Change => ({ kind: 'bury', queue: first, id, hop, lease, error })),
      )
      return leased.length
    },
    /** Begins a run and works on it until it is done. */
    async run(request: Omit<BulkRequest, 'by' | 'reason'> & Record<string, unknown>): Promise<BulkRun> {
      const { id } = await bulk.start({ ...who, ...request } as BulkRequest)
      await workUntil(async () => (await bulk.find(id)).state === 'done')
      return bulk.find(id)
    },
    async statusOf(id: string) {
      const { queue, row } = (await backend.journey('flow', id))!
      return row && [queue, row.status, row.hop]
    },
    linesOf: async (id: string) => (await backend.journey('flow', id, { values: true }))!.lines,
  }
}
