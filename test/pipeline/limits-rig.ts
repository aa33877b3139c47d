import { setImmediate } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import * as z from 'zod'
import {
  type Backend,
  type LimitOptions,
  makeQueues,
  state,
  type WorkContext,
  type WorkOptions,
  worker,
  wrapped,
} from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { on } from '../on/kind.ts'
import { openUsual } from '../on/open.ts'
import { quiet as untilQuiet } from '../on/quiet.ts'

const Wanted = state('Wanted', z.object({ who: z.string(), size: z.number() }))
const Made = state('Made', z.object({ who: z.string() }))
export const Order = z.object({ who: z.string(), size: z.number() })

export type Asked = z.infer<typeof Order>
export type Process = (order: Asked, ctx: WorkContext) => string | Promise<string>

/** One stage over memory, and a clock that the test moves. */
export async function rig(
  options: LimitOptions<Asked> & WorkOptions,
  process: Process,
  over = (backend: Backend) => backend,
) {
  const clock = new FakeClock()
  const backend = over(await openUsual({ clock }))
  const stage = worker({ input: Order, output: z.string(), concurrency: 50, ...options, process })
  const flow = wrapped(stage, {
    ...{ input: Wanted, output: Made },
    pre: ({ who, size }) => ({ who, size }),
    post: (_, who) => Made({ who }),
  })
  const queues = await makeQueues(flow, backend, 'make', { clock, owner: 'me' })
  const stop = new AbortController()
  const ended = queues.artifacts()(stop.signal)
  onTestFinished(async () => {
    stop.abort()
    await clock.advance(30_000)
    await ended
  })
  let entered = 0
  const enter = (who: string, size = 1) => queues.input.push(`t${++entered}`, Wanted({ who, size }))
  const gates = async (name = 'make/main') => (await backend.gates()).find((each) => each.name === name)
  return { backend, clock, enter, gates }
}

/** Lets all that can go on without time do so. */
export const quiet = async () => {
  if (on) return untilQuiet()
  for (let turn = 0; turn < 50; turn++) await setImmediate()
}
