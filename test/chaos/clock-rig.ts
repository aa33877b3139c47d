import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import * as z from 'zod'
import { memory } from '../../src/backends/memory.ts'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import {
  type Backend,
  type Clock,
  makeQueues,
  review,
  state,
  worker,
  workflow,
  wrapped,
} from '../../src/index.ts'
import { layOut } from '../../src/pipeline/lay-out.ts'
import { makeSolo } from '../../src/run/suspects/make-solo.ts'
import type { WorkContext } from '../../src/run/work/work-context.ts'
import { FakeClock } from '../../src/testing/index.ts'

/** In milliseconds, as the length of a lease. */
export const hour = 3_600_000
export const leaseMs = 1000

/** Queues as two processes see them: one by a clock that jumps, and one whose wall clock is an hour ahead of it. */
export interface Machine {
  readonly clock: FakeClock
  readonly usual: Backend
  readonly ahead: Backend
}

/** `clock` as a process sees it whose wall clock is `ms` ahead. */
function shifted(clock: FakeClock, ms: number): Clock {
  return {
    now: () => clock.now() + ms,
    elapsed: () => clock.elapsed(),
    after: (delayMs, callback) => clock.after(delayMs, callback),
  }
}

/** A folder that goes when the test ends. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pipewright-clocks-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** One for each backend. */
export const machines: Record<string, () => Promise<Machine>> = {
  async memory() {
    const clock = new FakeClock()
    const backend = memory({ clock })
    return { clock, usual: backend, ahead: backend }
  },
  async sqlite() {
    const path = join(await newFolder(), 'queues.db')
    const clock = new FakeClock()
    const usual = await sqlite(path, { clock })
    const ahead = await sqlite(path, { clock: shifted(clock, hour) })
    onTestFinished(async () => {
      await ahead.close()
      await usual.close()
    })
    return { clock, usual, ahead }
  },
}

/** What enters. */
export const Raw = state('Raw', z.object({ text: z.string() }))
const Done = state('Done', z.object({ text: z.string() }))
const Odd = state('Odd', z.object({ text: z.string(), why: z.string() }))

/** The work of the one worker. */
export type Process = (text: string, ctx: WorkContext) => string | Promise<string>

function makeFlow(process: Process) {
  const work = worker({
    ...{ input: z.string(), output: z.string(), process, leaseMs, concurrency: 3 },
    ...{ timeoutMs: 20_000, retry: { attempts: 3, minMs: 0, maxMs: 0 } },
  })
  return workflow({
    input: Raw,
    output: Done,
    stages: {
      work: wrapped(work, {
        input: Raw,
        output: Done,
        pre: ({ text }) => text,
        post: (_, text) => Done({ text }),
        failed: { to: Odd, as: ({ text }, { message }) => Odd({ text, why: message }) },
      }),
      desk: wrapped(review({ input: z.string(), decisions: { accept: z.object({}) } }), {
        input: Odd,
        output: Done,
        pre: ({ why }) => why,
        post: ({ text }) => Done({ text }),
      }),
    },
  })
}

/** A process that works on `process`: as it is alone in its process, its suspects wait for no other work. */
export async function start(machine: Machine, which: 'usual' | 'ahead', process: Process) {
  const flow = makeFlow(process)
  const clock = which === 'usual' ? machine.clock : shifted(machine.clock, hour)
  const queues = await makeQueues(flow, machine[which], 'c', { clock, owner: which })
  const runtime = { ...queues.runtime, solo: makeSolo(clock) }
  const { work, desk } = layOut(flow, 'c').artifact(runtime, {}) as ReturnType<typeof queues.artifacts>
  const stop = new AbortController()
  const run = () => {
    const ended = work(stop.signal)
    onTestFinished(async () => {
      stop.abort()
      await machine.clock.advance(60_000)
      await ended
    })
  }
  return { input: queues.input, desk, run }
}

/** Waits, in turns of the event loop, until `condition` holds. */
export async function until(condition: () => unknown, what: string): Promise<void> {
  for (let turn = 0; !(await condition()); turn++) {
    if (turn > 20_000) throw new Error(`It did not happen: ${what}.`)
    await setImmediate()
  }
}
