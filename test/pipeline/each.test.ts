import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import {
  type Backend,
  BackendError,
  each,
  makeQueues,
  oneOf,
  type Pipeline,
  parallel,
  type Runnable,
  sequential,
  state,
  worker,
  workflow,
  wrapped,
} from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { openUsual } from '../on/open.ts'
import { until } from '../run/stage-rig.ts'

const Book = state('Book', z.object({ pages: z.array(z.string()) }))
const Read = state('Read', z.object({ words: z.array(z.number()) }))
const Broken = state('Broken', z.object({ why: z.string() }))

type Count = (page: string, signal: AbortSignal) => number | Promise<number>

/** Does nothing until it is to end. */
const never = (signal: AbortSignal) =>
  new Promise<number>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

/** Counts the words of a page, as `count` does it. */
const counting = (count: Count = (page) => page.split(' ').length) =>
  worker({
    input: z.string(),
    output: z.number(),
    concurrency: 8,
    retry: { attempts: 1 },
    process: (page, { signal }) => count(page, signal),
  })

const pages = z.array(z.string())
const numbers = z.array(z.number())
type Options = Partial<Pick<Parameters<typeof each>[1], 'atOnce' | 'failFast' | 'id' | 'concurrency'>>

const reading = (count?: Count, options: Options = {}) =>
  each(counting(count), {
    input: pages,
    output: numbers,
    split: (all) => all,
    join: async (_, results) => {
      const words: number[] = []
      for await (const { index, value } of results) words[index] = value
      return words
    },
    retry: { attempts: 2, minMs: 1000, maxMs: 1000 },
    ...options,
  })

const library = (count?: Count, options?: Options) =>
  workflow({
    input: Book,
    output: oneOf(Read, Broken),
    stages: {
      read: wrapped(reading(count, options), {
        input: Book,
        output: Read,
        pre: (book) => book.pages,
        post: (_, words) => Read({ words }),
        failed: { to: Broken, as: (_, { message }) => Broken({ why: message }) },
      }),
    },
  })

async function open<In, Out>(pipeline: Pipeline<In, Out, any, any>, over = (backend: Backend) => backend) {
  const clock = new FakeClock()
  const backend = over(await openUsual({ clock }))
  const queues = await makeQueues(pipeline, backend, 'flow', { clock })
  const stop = new AbortController()
  const found: Runnable[] = []
  collect(queues.artifacts({} as any), found)
  const running = found.map((run) => run(stop.signal))
  onTestFinished(async () => {
    stop.abort()
    await clock.advance(20_000)
    await Promise.all(running)
  })
  return { queues, backend, clock }
}

function collect(tree: unknown, found: Runnable[]): void {
  if (typeof tree === 'function') found.push(tree as Runnable)
  else for (const branch of Object.values(tree as object)) collect(branch, found)
}

it('splits a token, and joins what has become of its children', async () => {
  const { queues, backend } = await open(library())
  await queues.input.push('b', Book({ pages: ['a', 'b c', 'd e f'] }))
  await until(async () => (await queues.output.get('b')) !== undefined)
  expect(await queues.output.get('b')).toEqual(Read({ words: [1, 2, 3] }))
  const child = await backend.journey('flow', 'b.1.1')
  expect(child).toMatchObject({ parent: 'b', outcome: 'done' })
  const family = await backend.family('flow', 'b')
  expect(family?.children).toMatchObject({ left: 3, ready: 0, dead: 0 })
})

it('charges no attempt when the database is away while it splits or joins', async () => {
  let fails = 5
  const away = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (fails-- > 0) throw new BackendError('The line is down.')
    return ask()
  }
  const { queues, backend, clock } = await open(library(undefined, { atOnce: 2 }), (backend) => ({
    ...backend,
    records: (...asked) => away(() => backend.records(...asked)),
    recall: (...asked) => away(() => backend.recall(...asked)),
  }))
  await queues.input.push('b', Book({ pages: ['a', 'b c', 'd e f'] }))
  await until(async () => {
    await clock.advance(1000)
    return (await queues.output.get('b')) !== undefined
  })
  expect(await queues.output.get('b')).toEqual(Read({ words: [1, 2, 3] }))
  const { lines } = (await backend.journey('flow', 'b'))!
  expect(lines.filter(({ event }) => event === 'postponed')).toEqual([])
})

it('joins a token without children at once', async () => {
  const { queues } = await open(library())
  await queues.input.push('b', Book({ pages: [] }))
  await until(async () => (await queues.output.get('b')) !== undefined)
  expect(await queues.output.get('b')).toEqual(Read({ words: [] }))
})

it('lets no more children be on their way at once than it says', async () => {
  let now = 0
  let most = 0
  const count = async () => {
    most = Math.max(most, ++now)
    await new Promise(setImmediate)
    return now--
  }
  const { queues, backend } = await open(library(count, { atOnce: 3 }))
  await queues.input.push('b', Book({ pages: Array.from({ length: 40 }, String) }))
  await until(async () => {
    const family = await backend.family('flow', 'b')
    const { left = 0, ...here } = family?.children ?? {}
    expect(Object.values(here).reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(3)
    return left === 40 && (await queues.output.get('b')) !== undefined
  })
  expect(most).toBeLessThanOrEqual(3)
})

it('waits for a dead child, shows it, and goes on when it is revived', async () => {
  let isFixed = false
  const count = (page: string) => {
    if (page === 'bad' && !isFixed) throw new Error('The page is blank.')
    return 1
  }
  const { queues, backend } = await open(library(count, { id: (page) => String(page) }))
  await queues.input.push('b', Book({ pages: ['good', 'bad', 'fine'] }))
  await until(async () => (await backend.family('flow', 'b'))?.dead.length === 1)
  await until(async () => (await backend.get('flow/read/join', 'b'))?.status === 'waiting')
  const [dead] = (await backend.family('flow', 'b'))!.dead
  expect(dead).toMatchObject({ id: 'b.1.bad', queue: 'flow/read/each' })
  expect((await backend.get('flow/read/join', 'b'))?.waits).toEqual({
    for: [{ name: 'result', count: 3, missing: 1 }],
  })
  isFixed = true
  await backend.commit([{ kind: 'revive', queue: 'flow/read/each', id: 'b.1.bad' }])
  await until(async () => (await queues.output.get('b')) !== undefined)
  expect(await queues.output.get('b')).toEqual(Read({ words: [1, 1, 1] }))
})

it('fails with its first child where it is to fail fast', async () => {
  const count: Count = (page, signal) => {
    if (page === 'bad') throw new Error('The page is blank.')
    return never(signal)
  }
  const { queues } = await open(library(count, { failFast: true }))
  await queues.input.push('b', Book({ pages: ['good', 'bad', 'fine'] }))
  await until(async () => (await queues.output.get('b')) !== undefined)
  expect(await queues.output.get('b')).toEqual(
    Broken({ why: 'Child "b.1.1" of token "b" has ended without a result: Error: The page is blank.' }),
  )
})

it('cancels the other children when one has failed it, and leaves the dead one to people', async () => {
  const count: Count = (page, signal) => {
    if (page === 'bad') throw new Error('The page is blank.')
    return never(signal)
  }
  const { queues, backend } = await open(library(count, { failFast: true }))
  const many = [...Array(250).keys()].map((n) => `page ${n}`)
  await queues.input.push('other', Book({ pages: ['stays'] }))
  await queues.input.push('b', Book({ pages: ['bad', ...many] }))
  await until(async () => (await queues.output.get('b')) !== undefined)
  const { rows } = await backend.list('flow/read/each')
  expect(rows.map(({ id, status }) => `${id} ${status}`)).toEqual(['other.1.0 leased', 'b.1.0 dead'])
  const journey = await backend.journey('flow', 'b.1.200')
  expect(journey?.outcome).toBe('cancelled')
  expect(journey?.lines.at(-1)).toMatchObject({
    event: 'cancelled',
    actor: 'flow/read/join',
    reason: 'Its parent has failed: child "b.1.0" has ended without a result.',
  })
})

it('cancels what is below a dead child too', async () => {
  const chapter = each(
    counting((_, signal) => never(signal)),
    {
      input: pages,
      output: numbers,
      retry: { attempts: 1 },
      *split(all) {
        for (const page of all) {
          if (page === 'torn') throw new Error('The file is torn here.')
          yield page
        }
      },
      join: () => [],
    },
  )
  const book = each(chapter, {
    ...{ input: z.array(pages), output: numbers, failFast: true },
    split: (all) => all,
    join: () => [],
  })
  const { queues, backend } = await open(book)
  // So many enter before the rest is read.
  const many = [...Array(600).keys()].map((n) => `page ${n}`)
  await queues.input.push('b', [['one'], [...many, 'torn']])
  await until(async () => (await backend.journey('flow', 'b'))?.row?.status === 'dead')
  const { rows } = await backend.list({ workflow: 'flow' }, { limit: 1000 })
  expect(rows.map(({ id, status }) => `${id} ${status}`)).toEqual(['b dead', 'b.1.1 dead'])
})

it('tells its join of those that have failed, where it settles', async () => {
  const settling = each(
    counting((page) => {
      if (page === 'bad') throw new Error('The page is blank.')
      return 1
    }),
    {
      input: pages,
      output: z.array(z.string()),
      split: (all) => all,
      settle: true,
      join: async (_, results) => {
        const said: string[] = []
        for await (const each of results)
          said[each.index] = 'failure' in each ? each.failure.message : String(each.value)
        return said
      },
    },
  )
  const { queues } = await open(settling)
  await queues.input.push('b', ['good', 'bad'])
  await until(async () => (await queues.output.get('b')) !== undefined)
  expect(await queues.output.get('b')).toEqual(['1', 'The page is blank.'])
})

it('fails once all have ended if one of them was cancelled', async () => {
  const { queues, backend } = await open(library((page, signal) => (page === 'bad' ? never(signal) : 1)))
  await queues.input.push('b', Book({ pages: ['good', 'bad'] }))
  await until(async () => (await backend.get('flow/read/join', 'b'))?.waits?.for[0]?.missing === 1)
  await backend.commit([
    { kind: 'take', queue: 'flow/read/each', id: 'b.1.1', event: 'cancelled', reason: 'Torn.' },
  ])
  await until(async () => (await queues.output.get('b')) !== undefined)
  expect(await queues.output.get('b')).toMatchObject({
    tag: 'Broken',
    why: expect.stringContaining('"b.1.1" has left without a reply: it was cancelled: Torn.'),
  })
})

it('nests, in sequences and in itself', async () => {
  const chapter = each(
    sequential(reading(), worker({ input: numbers, output: z.number(), process: (all) => all.length })),
    {
      input: z.array(pages),
      output: z.number(),
      split: (chapters) => chapters,
      join: async (_, results) => {
        let sum = 0
        for await (const { value } of results) sum += value
        return sum
      },
    },
  )
  const { queues, backend } = await open(chapter)
  await queues.input.push('b', [['a', 'b'], ['c'], []])
  await until(async () => (await queues.output.get('b')) !== undefined)
  expect(await queues.output.get('b')).toBe(3)
  expect(await backend.journey('flow', 'b.1.0.1.1')).toMatchObject({ parent: 'b.1.0', outcome: 'done' })
})

it('refuses a split that gives fewer items than before', async () => {
  let given = 3
  const shrinking = each(counting(), {
    input: pages,
    output: numbers,
    split: (all) => all.slice(0, given),
    atOnce: 2,
    retry: { attempts: 1 },
    join: () => [],
  })
  const { queues, backend } = await open(shrinking)
  given = 2
  await queues.input.push('b', ['a', 'b', 'c'])
  await until(
    async () =>
      (await queues.output.get('b')) !== undefined ||
      (await backend.get('flow/main/join', 'b'))?.status === 'dead',
  )
  expect(await queues.output.get('b')).toEqual([])
})

it('goes through several pipelines at once, each with its own share', async () => {
  const shout = worker({ input: z.string(), output: z.string(), process: (text) => text.toUpperCase() })
  const double = worker({ input: z.number(), output: z.number(), process: (n) => 2 * n })
  const both = parallel(
    { shout, double },
    {
      input: z.object({ text: z.string(), n: z.number() }),
      output: z.string(),
      split: ({ text, n }) => ({ shout: text, double: n }),
      join: ({ text }, { shout, double }) => `${text} ${shout} ${double}`,
    },
  )
  const { queues, backend } = await open(both)
  await queues.input.push('b', { text: 'hi', n: 4 })
  await until(async () => (await queues.output.get('b')) !== undefined)
  expect(await queues.output.get('b')).toBe('hi HI 8')
  expect(await backend.journey('flow', 'b.1.shout')).toMatchObject({ parent: 'b', outcome: 'done' })
})

it('refuses options that make no sense', () => {
  const definition = { input: pages, output: numbers, split: (all: string[]) => all, join: () => [] }
  expect(() => each(counting(), { ...definition, atOnce: 0 })).toThrow(
    'atOnce is 0; it is a whole number from 1.',
  )
  expect(() => each(counting(), { ...definition, failFast: true, settle: true })).toThrow(
    'exclude each other',
  )
  expect(() => each(counting(), { ...definition, spilt: 1 } as typeof definition)).toThrow(
    /`each` has "spilt"/,
  )
  const { split: _, ...joining } = definition
  expect(() => parallel({}, { ...joining, input: z.string() })).toThrow('at least one branch')
  expect(() => parallel({ results: counting() }, { ...joining, input: z.string() })).toThrow(
    /Branch "results" needs another name/,
  )
})
