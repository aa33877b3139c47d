import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { type Clock, stage, type WorkContext, type WriteQueue, worker, wrapped } from '../../src/index.ts'
import type { Random } from '../../src/testing/index.ts'
import { notOnServer } from '../on/kind.ts'
import { simulate } from '../on/simulate.ts'
import { entering, Half, makeShop, Raw, Whole } from './shop.ts'

// Seen to fail: with chance deciding how long a retry waits, the same seed did not do the same; with the requests in the
// order in which they were asked, it did not where files were slow now for one, now for another; without waiting for
// what handlers do outside, it did not either, and nothing said so when that did not come.

const picky = (wrong: string) => (text: string) => {
  if (text === wrong) throw new Error(`no ${wrong}`)
  return text
}

it('dies before and after every commit and every lease, and all tokens arrive', async () => {
  const { runs, crashes, commits, tokens, summary } = await simulate(makeShop(), {
    seed: 7,
    inputs: entering('a', 'b', 'c'),
  })
  const [first, ...others] = runs
  expect(first).toMatchObject({ crashes: 0, died: 0 })
  // Six hops, with at least a lease for each stage.
  expect(others.length).toBeGreaterThanOrEqual(2 * (6 + 2))
  expect(others.every(({ died }) => died === 1)).toBe(true)
  expect(crashes).toBe(others.length)
  for (const run of runs) {
    expect(run.tokens.map(({ id, end, value }) => [id, end, value])).toEqual(
      ['a', 'b', 'c'].map((id) => [id, 'output', Whole({ text: id })]),
    )
  }
  expect(tokens).toEqual(first!.tokens)
  expect(summary).toBe(
    `Seed 7: ${runs.length} runs, ${commits} commits, ${crashes} crashes; ` +
      `${3 * runs.length} tokens ended: ${3 * runs.length} in the output, 0 in review, 0 dead, 0 gone.`,
  )
})

it('dies again and again in one run, and all tokens end', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const shop = makeShop({ first: picky('c'), second: picky('b') })
    const inputs = entering('a', 'b', 'c', 'd', 'e', 'f')
    const { crashes, tokens } = await simulate(shop, { seed, crashes: 15, processes: 3, inputs })
    expect(crashes).toBeGreaterThan(5)
    expect(tokens.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(tokens[1]).toMatchObject({ end: 'dead', queue: 'simulated/second' })
  }
})

it('does the same with the same seed, step by step, and something else with another', async () => {
  notOnServer('What a server tells those who listen comes when it comes: the steps are others in each run.')
  const play = (seed: number) =>
    simulate(makeShop({ first: picky('c') }), { seed, crashes: 10, inputs: entering('a', 'b', 'c') })
  const [once, again, other] = [await play(7), await play(7), await play(8)]
  expect(once.runs[0]!.trace.length).toBeGreaterThan(20)
  expect(again).toEqual(once)
  expect(other.runs[0]!.trace).not.toEqual(once.runs[0]!.trace)
})

it('lets people decide by chance what needs no fields', async () => {
  const shop = makeShop({ first: picky('c') })
  const decided: string[] = []
  for (let seed = 1; seed <= 15; seed++) {
    const { runs } = await simulate(shop, { seed, crashes: 2, inputs: entering('c') })
    decided.push(...runs[0]!.trace.filter((line) => line.includes('"c" decided')))
  }
  expect(decided.some((line) => line.includes('"c" into "simulated/first"'))).toBe(true)
  expect(decided.some((line) => line.includes('"c" into "simulated/output"'))).toBe(true)
})

it('leaves on the desk what people have seen too often', async () => {
  const shop = makeShop({ first: picky('c') }, { acceptance: z.object({ note: z.string() }) })
  const { tokens, runs } = await simulate(shop, { seed: 3, crashes: 2, inputs: entering('c') })
  expect(tokens).toMatchObject([{ id: 'c', end: 'review', queue: 'simulated/desk' }])
  const decided = runs[0]!.trace.filter((line) => line.includes('"c" decided'))
  expect(decided.length).toBeGreaterThanOrEqual(5)
})

it('asks the test what a person decides, and leaves on the desk what it leaves', async () => {
  const shop = makeShop({ first: picky('c') })
  const { tokens } = await simulate(shop, {
    seed: 3,
    inputs: entering('a', 'c'),
    decide: ({ id, queue, state, value, decisions }) => {
      expect({ id, queue, state, value }).toEqual({
        id: 'c',
        queue: 'simulated/desk',
        state: { tag: 'Odd', text: 'c' },
        value: 'c',
      })
      expect(decisions).toEqual(['again', 'accept'])
      return undefined
    },
  })
  expect(tokens[1]).toMatchObject({ id: 'c', end: 'review', queue: 'simulated/desk' })
  await expect(
    simulate(shop, { seed: 3, inputs: entering('c'), crashes: 0, decide: () => ({ decision: 'burn' }) }),
  ).rejects.toThrow(
    'The test could not decide about token "c" in queue "simulated/desk": Queue "simulated/desk" knows no such decision',
  )
})

it('looks after children too', async () => {
  const shop = makeShop({
    first: async (text, ctx) => {
      const { also, input } = ctx as WorkContext & { input: WriteQueue<{ tag: 'Raw'; text: string }> }
      if (text === 'a')
        for (const part of ['1', '2']) await also(input, `${text}${part}`, Raw({ text: text + part }))
      return text
    },
  })
  const { runs } = await simulate(shop, {
    seed: 5,
    inputs: entering('a'),
    context: ({ input }) => ({ input }),
  })
  const family = ['a', 'a1', 'a2']
  for (const { tokens } of runs) {
    expect(tokens.map(({ id, end }) => `${id} ${end}`)).toEqual(family.map((id) => `${id} output`))
  }
})

it('makes a context for each run, and waits for handlers that wait by its clock', async () => {
  notOnServer('What a server tells those who listen comes when it comes: the steps are others in each run.')
  let made = 0
  interface Waiting {
    readonly clock: Clock
    readonly random: Random
  }
  const wait = worker({
    input: z.string(),
    output: z.string(),
    process: async (text, { clock, random }: Waiting & WorkContext) => {
      await new Promise<void>((resolve) => clock.after(1 + random.below(100_000), resolve))
      return text
    },
  })
  const io = { input: Raw, output: Whole }
  const flow = wrapped(wait, { ...io, pre: ({ text }) => text, post: (_, text) => Whole({ text }) })
  const { runs } = await simulate(flow, {
    seed: 1,
    inputs: entering('a', 'b', 'c'),
    context: ({ clock, random }) => {
      made++
      return { clock, random }
    },
  })
  expect(made).toBe(runs.length)
  expect(Math.max(...runs.map(({ elapsedMs }) => elapsedMs))).toBeGreaterThan(30_000)
  for (const { tokens } of runs) expect(tokens.every(({ end }) => end === 'output')).toBe(true)
})

it('lets time pass for handlers that wait for each other, when one of them waits for the time', async () => {
  let last: Promise<unknown> = Promise.resolve()
  const shop = makeShop({
    first: async (text, ctx) => {
      const { clock } = ctx as WorkContext & { clock: Clock }
      last = last.then(() => new Promise<void>((resolve) => clock.after(1000, resolve)))
      await last
      return text
    },
  })
  const { tokens } = await simulate(shop, {
    ...{ seed: 1, crashes: 0, inputs: entering('a', 'b', 'c', 'd'), handlerMs: 20 },
    context: ({ clock }) => ({ clock }),
  })
  expect(tokens.every(({ end }) => end === 'output')).toBe(true)
})

it('waits for nothing that begins only when a suspect is known to have company', async () => {
  const shop = makeShop({
    first: async (text, ctx) => {
      const { clock } = ctx as WorkContext & { clock: Clock }
      await new Promise<void>((resolve) => clock.after(5000, resolve))
      return text
    },
  })
  let accompanied = 0
  for (const seed of [1, 2, 3]) {
    const { runs } = await simulate(shop, {
      // Longer than this test may take.
      ...{ seed, crashes: 6, inputs: entering(...'abcdefghijkl'), handlerMs: 60_000 },
      context: ({ clock }) => ({ clock }),
    })
    accompanied += runs[0]!.trace.filter((line) => line.includes('company for')).length
  }
  expect(accompanied).toBeGreaterThan(0)
})

it('waits for files and does the same again', async () => {
  notOnServer('What a server tells those who listen comes when it comes: the steps are others in each run.')
  const folder = await mkdtemp(join(tmpdir(), 'pipewright-simulate-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  let plays = 0
  // As if the disk were slow for another token each time.
  const dawdle = async (id: string) => {
    for (let turn = (id.charCodeAt(0) + plays) % 2; turn > 0; turn -= 0.05) await setImmediate()
  }
  const shop = makeShop({
    first: async (text, { id }) => {
      await dawdle(id)
      await writeFile(join(folder, id), text)
      return text
    },
    second: async (_, { id }) => {
      await dawdle(id)
      return readFile(join(folder, id), 'utf8')
    },
  })
  const play = () => {
    plays++
    return simulate(shop, { seed: 9, crashes: 10, inputs: entering('a', 'b', 'c', 'd', 'e') })
  }
  const report = await play()
  expect(report.tokens.every(({ end }) => end === 'output')).toBe(true)
  expect(await play()).toEqual(report)
})

it('says so when a handler waits for something outside that does not come', async () => {
  const shop = makeShop({
    first: async (text) => {
      await sleep(60_000, undefined, { ref: false })
      return text
    },
  })
  await expect(simulate(shop, { seed: 1, inputs: entering('a'), handlerMs: 50 })).rejects.toThrow(
    'The work on "a" (hop 1, lease 1) in queue "simulated/first" has not ended in 50 ms of real time, and nothing ' +
      'else can go on: let it wait by the clock that `context` is given, not by real timers, or raise `handlerMs` ' +
      'if it takes that long. Repeat it with { seed: 1, crashes: 0 }.',
  )
})

it('runs stages with loops of their own', async () => {
  const own = stage({
    input: Raw,
    output: Half,
    artifact:
      ({ input, output }) =>
      async (signal: AbortSignal) => {
        while (!signal.aborted) {
          const { id, value } = await input.read(signal)
          await output.push(id, Half(value))
          await input.pop(id)
        }
      },
  })
  const { runs } = await simulate(own, { seed: 4, inputs: entering('a', 'b') })
  expect(runs.length).toBeGreaterThanOrEqual(1 + 2 * 4)
  for (const { tokens } of runs) expect(tokens.map(({ end }) => end)).toEqual(['output', 'output'])
})
