import { expect, it } from 'vitest'
import * as z from 'zod'
import { filter, makeQueues, map, prefilter, premap, worker } from '../../src/index.ts'
import { openUsual } from '../on/open.ts'

async function open() {
  const backend = await openUsual()
  const pass = worker({ input: z.number(), output: z.number(), process: (n) => n })
  const { input, output, artifacts } = await makeQueues(pass, backend, 'pass')
  const stop = new AbortController()
  const run = artifacts()(stop.signal)
  const close = async () => {
    stop.abort()
    await run
    await backend.close()
  }
  return { backend, input, output, [Symbol.asyncDispose]: close }
}

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

it('maps what is read, got and listed, and leaves the messages as they are', async () => {
  await using queues = await open()
  const { input, output } = queues
  const words = map(output, async (n, id) => `${id} is ${n}`)
  await input.push('a', 1)
  expect(await words.read()).toMatchObject({ id: 'a', value: 'a is 1', hop: 2 })
  expect(await words.get('a')).toBe('a is 1')
  expect(await words.get('b')).toBeUndefined()
  expect(await gather(words.items())).toEqual([{ id: 'a', value: 'a is 1' }])
  expect(await words.count()).toBe(1)
  expect(await output.get('a')).toBe(1)
  await words.pop('a')
  expect(await words.count()).toBe(0)
})

it('filters what one looks at, and cannot be read from', async () => {
  await using queues = await open()
  const { input, output } = queues
  for (const [id, n] of [
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ] as const)
    await input.push(id, n)
  await expect.poll(() => output.count()).toBe(3)
  const odd = filter(output, async (n) => n % 2 === 1)
  expect(await gather(odd.items())).toEqual([
    { id: 'a', value: 1 },
    { id: 'c', value: 3 },
  ])
  expect(await gather(odd.keys())).toEqual(['a', 'c'])
  expect(await odd.count()).toBe(2)
  expect([await odd.get('a'), await odd.get('b'), await odd.get('x')]).toEqual([1, undefined, undefined])
  expect('read' in odd).toBe(false)
})

it('makes what is pushed out of something else', async () => {
  await using queues = await open()
  const lengths = premap(queues.input, async (text: string) => text.length)
  await lengths.push('a', 'four', { priority: 7 })
  expect(await queues.output.read()).toMatchObject({ id: 'a', value: 4 })
  const planned = await lengths.plan({ id: 'p', hop: 1, frames: [], priority: 0, deploy: 1 }, 'three')
  expect(planned).toMatchObject([{ kind: 'push', queue: 'pass/main', value: 5 }])
})

it('refuses what it does not accept, instead of dropping it', async () => {
  await using queues = await open()
  const even = prefilter(queues.input, async (n) => n % 2 === 0)
  const token = { id: 'a', hop: 1, frames: [], priority: 0, deploy: 1 }
  await expect(even.push('a', 1)).rejects.toMatchObject({
    code: 'invalid',
    message: 'The value of token "a" was refused by a prefilter.',
  })
  await expect((async () => even.plan(token, 1))()).rejects.toMatchObject({ code: 'invalid' })
  expect(await even.plan(token, 2)).toMatchObject([{ value: 2 }])
  await even.push('a', 2)
  expect(await queues.output.read()).toMatchObject({ id: 'a', value: 2 })
})

const century = 'it is a number of milliseconds from 0 to 3155760000000, which is a century.'

it.each([
  [{ priority: 1.5 }, 'The priority of token "a" is 1.5; it is a whole number.'],
  [{ delayMs: -1 }, `The delay of token "a" is -1; ${century}`],
  [{ delayMs: 3_155_760_000_001 }, `The delay of token "a" is 3155760000001; ${century}`],
  [{ delayMs: Number.POSITIVE_INFINITY }, `The delay of token "a" is Infinity; ${century}`],
])('refuses a push with %j', async (options, sentence) => {
  await using queues = await open()
  await expect(queues.input.push('a', 1, options)).rejects.toThrow(new RangeError(sentence))
  expect(await queues.backend.journey('pass', 'a')).toBeUndefined()
})
