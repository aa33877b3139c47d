import { expect, it } from 'vitest'
import * as z from 'zod'
import {
  type Backend,
  makeQueues,
  oneOf,
  type Runnable,
  review,
  state,
  worker,
  workflow,
  wrapped,
} from '../../src/index.ts'
import { layOut } from '../../src/pipeline/lay-out.ts'
import { makeSolo } from '../../src/run/suspects/make-solo.ts'
import type { WorkContext } from '../../src/run/work/work-context.ts'
import { crashing, FakeClock } from '../../src/testing/index.ts'
import { openUsual } from '../on/open.ts'

// Random workflows, run by processes that die at random commits. In every run a token is in one queue at any
// moment, and ends once: in the output, or on the desk. A failing seed is in the test's name; put it into `seeds`.

const seeds = [1, 2, 3, 4, 5, Math.floor(Math.random() * 1e9)]
const tokens = 25
const processes = 3

type Random = () => number

/** Mulberry32. */
function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const fields = z.object({ path: z.string() })
const Done = state('Done', fields)
const Trouble = state('Trouble', fields)

/** A chain of stages with random shortcuts, loops back and ends; a token that fails for good goes to the desk. */
function randomFlow(random: Random, clock: FakeClock): any {
  const count = 2 + Math.floor(random() * 4)
  const states = Array.from({ length: count }, (_, n) => state(`S${n}`, fields))
  const stages = states.map((input, n) => {
    const others = states.filter((_, m) => m !== n + 1 && random() < 0.3)
    const next = [states[n + 1] ?? Done, ...others, ...(random() < 0.3 ? [Done] : [])]
    const outputs = next.filter((each, i) => next.indexOf(each) === i) as unknown as [typeof Done]
    const work = worker({
      input: z.string(),
      output: z.string(),
      concurrency: 1 + Math.floor(random() * 3),
      retry: { attempts: 3, minMs: 1, maxMs: 200 },
      leaseMs: 1000,
      timeoutMs: 3000,
      graceMs: 100,
      process: (path, { signal }: WorkContext) => act({ random, clock, path, signal }),
    })
    const wrapping = {
      input,
      output: oneOf(...outputs),
      pre: ({ path }: { path: string }) => path,
      // Long travels go straight on, so that loops end.
      post: (_: unknown, path: string) => {
        const choice = path.length > 20 ? 0 : Math.floor(random() * outputs.length)
        return outputs[choice]!({ path: `${path}${n}` })
      },
      failed: { to: Trouble, as: ({ path }: { path: string }) => Trouble({ path }) },
    }
    return [`stage${n}`, wrapped(work, wrapping as any)] as const
  })
  const look = review({ input: z.string(), decisions: { accept: z.object({}) } })
  const desk = wrapped(look, { input: Trouble, output: Done, pre: ({ path }) => path, post: (s) => Done(s) })
  return (workflow as any)({
    input: states[0],
    output: Done,
    stages: { ...Object.fromEntries(stages), desk },
  })
}

interface Acting {
  readonly random: Random
  readonly clock: FakeClock
  readonly path: string
  readonly signal: AbortSignal
}

/** Works at once, in a while, not at all, or for ever. */
function act({ random, clock, path, signal }: Acting): string | Promise<string> {
  const luck = random()
  if (luck < 0.5) return path
  if (luck < 0.65) throw new Error('unlucky')
  if (luck < 0.67)
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  return new Promise((resolve) => clock.after(random() * 400, () => resolve(path)))
}

/** A process that dies at one of its commits. */
async function startProcess(
  pipeline: any,
  backend: Backend,
  { random, clock }: { random: Random; clock: FakeClock },
) {
  const last = 1 + Math.floor(random() * 15)
  const dies = (n: number) => n === last
  const own = crashing(backend, random() < 0.5 ? { before: dies } : { after: dies })
  const { runtime } = await makeQueues(pipeline, own, 'm', { clock })
  const artifacts = layOut(pipeline, 'm').artifact({ ...runtime, solo: makeSolo(clock) }, {}) as Record<
    string,
    unknown
  >
  const stop = new AbortController()
  const running = Object.values(artifacts)
    .filter((made): made is Runnable => typeof made === 'function')
    .map((run) => run(stop.signal))
  return { own, end: () => stop.abort(), ended: Promise.all(running) }
}

async function places(backend: Backend): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const { queue } of await backend.count()) {
    for (const { id } of (await backend.list(queue, { limit: 1000 })).rows) {
      expect(found.get(id), `${id} is in ${queue} too`).toBeUndefined()
      found.set(id, queue)
    }
  }
  return found
}

it.each(seeds)('loses nothing and does nothing twice when processes die (seed %i)', async (seed) => {
  const random = seeded(seed)
  const clock = new FakeClock()
  const backend = await openUsual({ clock })
  const pipeline = randomFlow(random, clock)
  const { input } = await makeQueues(pipeline, backend, 'm', { clock })
  for (let n = 0; n < tokens; n++) await input.push(`t${n}`, { tag: 'S0', path: '' } as never)

  let living = await Promise.all(
    Array.from({ length: processes }, () => startProcess(pipeline, backend, { random, clock })),
  )
  const all = [...living]
  let ends: string[] = []
  for (let step = 0; ends.length < tokens && step < 1000; step++) {
    await clock.advance(250)
    const found = await places(backend)
    expect(found.size, 'every token is somewhere').toBe(tokens)
    ends = [...found.values()].filter((queue) => queue === 'm/output' || queue === 'm/desk')
    for (const dead of living.filter(({ own }) => own.isDead)) {
      dead.end()
      living = living.filter((each) => each !== dead)
      const next = await startProcess(pipeline, backend, { random, clock })
      living.push(next)
      all.push(next)
    }
  }
  expect(ends.length, 'every token has ended').toBe(tokens)
  expect(all.length, 'a process has died').toBeGreaterThan(processes)

  for (let n = 0; n < tokens; n++) {
    const { lines, queue, row, finishedAt } = (await backend.journey('m', `t${n}`))!
    const leaving = lines.filter(({ event }) => event === 'moved' || event === 'failed')
    expect(
      leaving.map(({ hop }) => hop),
      'each stay ends once',
    ).toEqual(leaving.map((_, i) => i + 1))
    expect(row!.hop).toBe(leaving.length + 1)
    expect(finishedAt !== undefined).toBe(queue === 'm/output')
    const travelled = leaving.filter(({ event }) => event === 'moved').map((line) => line.queue.slice(-1))
    expect((row!.value as { path: string }).path, 'each result is there once').toBe(travelled.join(''))
  }

  for (const { end } of all) end()
  const ended = Promise.all(all.map((each) => each.ended)).then(() => true)
  await clock.advance(10_000)
  expect(await Promise.race([ended, clock.advance(1000).then(() => false)])).toBe(true)
})
