import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import { expect, it, onTestFinished, vi } from 'vitest'
import * as z from 'zod'
import { http } from '../../src/backends/http.ts'
import {
  type Answers,
  type Backend,
  gate,
  makeQueues,
  oneOf,
  type PollContext,
  poll,
  state,
  type Waiter,
  workflow,
  wrapped,
} from '../../src/index.ts'
import { cancel } from '../../src/run/desk/cancel.ts'
import { serveBackend } from '../../src/serve/serve-backend.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { onlyUsual } from '../on/kind.ts'
import { openAt, openUsual } from '../on/open.ts'
import { until } from '../run/stage-rig.ts'

const minute = 60_000
const Ordered = state('Ordered', z.object({ item: z.string() }))
const Delivered = state('Delivered', z.object({ item: z.string(), at: z.string() }))
const Lost = state('Lost', z.object({ item: z.string(), why: z.string() }))

type Ask = (
  waiting: AsyncIterable<Waiter<string>>,
  context: PollContext,
) => Answers<string> | Promise<Answers<string>>

const shop = gate('shop', { rate: { units: 1, perMs: 1000, burst: 1 } })

const ordering = (ask: Ask) =>
  workflow({
    input: Ordered,
    output: oneOf(Delivered, Lost),
    stages: {
      deliver: wrapped(
        poll({
          input: z.string(),
          output: z.string(),
          everyMs: minute,
          lostAfterMs: 10 * minute,
          passes: [shop],
          ask,
        }),
        {
          input: Ordered,
          output: Delivered,
          pre: ({ item }) => item,
          post: ({ item }, at) => Delivered({ item, at }),
          failed: { to: Lost, as: ({ item }, { message }) => Lost({ item, why: message }) },
        },
      ),
    },
  })

async function open(backend: Backend, clock: FakeClock, ask: Ask) {
  const told: string[] = []
  const tell = (message: string) => void told.push(message)
  const queues = await makeQueues(ordering(ask), backend, 'flow', {
    clock,
    log: { debug() {}, info() {}, warn: tell, error: tell },
  })
  const stop = new AbortController()
  const running = queues.artifacts({}).deliver(stop.signal)
  onTestFinished(async () => {
    stop.abort()
    await running
  })
  return { queues, told }
}

async function opened(ask: Ask) {
  const clock = new FakeClock()
  const backend = await openUsual({ clock })
  return { ...(await open(backend, clock, ask)), backend, clock }
}

const all = async (waiting: AsyncIterable<Waiter<string>>): Promise<Waiter<string>[]> => {
  const found: Waiter<string>[] = []
  for await (const each of waiting) found.push(each)
  return found
}
const status = async (backend: Backend, id: string) => (await backend.get('flow/deliver', id))?.status
const countOf = async (backend: Backend, queue: string) => {
  const [
    { ready, leased, delayed, dead, waiting } = { ready: 0, leased: 0, delayed: 0, dead: 0, waiting: 0 },
  ] = await backend.count(queue)
  return ready + leased + delayed + dead + waiting
}

it('sends on those about which a poll has found something out, and lets the others wait', async () => {
  const asked: string[][] = []
  const delivered = new Set<string>()
  const { queues, backend, clock } = await opened(async (waiting) => {
    const found = await all(waiting)
    asked.push(found.map(({ id, value }) => `${id} ${value}`).sort())
    return found.filter(({ id }) => delivered.has(id)).map(({ id }) => [id, 'noon'] as const)
  })
  await until(() => asked.length === 1)
  await queues.input.push('a', Ordered({ item: 'pen' }))
  await queues.input.push('b', Ordered({ item: 'ink' }))
  expect(await status(backend, 'a')).toBe('waiting')
  delivered.add('b')
  await clock.advance(minute)
  await until(async () => (await queues.output.get('b')) !== undefined)
  expect(await queues.output.get('b')).toEqual(Delivered({ item: 'ink', at: 'noon' }))
  expect(await status(backend, 'a')).toBe('waiting')
  await clock.advance(minute)
  await until(() => asked.length === 3)
  expect(asked).toEqual([[], ['a pen', 'b ink'], ['a pen']])
  const journey = await backend.journey('flow', 'b')
  expect(journey?.lines.map(({ event }) => event)).toEqual(['entered', 'resolved'])
})

it('pays at a gate for each request, and closes one when it is told to', async () => {
  const passed: number[] = []
  let answers = true
  const { backend, clock } = await opened(async (_, { pass }) => {
    for (let request = 0; request < 3; request++) {
      await pass(shop)
      passed.push(clock.now())
    }
    if (answers) return []
    throw Object.assign(new Error('Come back later.'), { closeGate: { name: 'shop', forMs: 10 * minute } })
  })
  const began = clock.now()
  await until(() => passed.length === 1)
  await clock.advance(999)
  expect(passed).toEqual([began])
  await clock.advance(1)
  await until(() => passed.length === 2)
  await clock.advance(1000)
  await until(() => passed.length === 3)
  answers = false
  await clock.advance(minute)
  await until(() => passed.length === 4)
  await clock.advance(1000)
  await until(() => passed.length === 5)
  await clock.advance(1000)
  await until(async () => (await backend.gates()).some(({ name, closed }) => name === 'shop' && closed))
  await clock.advance(9 * minute)
  expect(passed).toHaveLength(6)
  await clock.advance(2 * minute)
  await until(() => passed.length > 6)
  expect(passed[6]! - passed[5]!).toBeGreaterThanOrEqual(10 * minute)
})

it('brings to light what is in no answer, and what has failed elsewhere', async () => {
  const { queues, clock } = await opened(async (waiting) =>
    (await all(waiting))
      .filter(({ id }) => id === 'bad')
      .map(({ id }) => [id, new Error('Sold out.')] as const),
  )
  await queues.input.push('bad', Ordered({ item: 'pen' }))
  await queues.input.push('gone', Ordered({ item: 'ink' }))
  await clock.advance(minute)
  await until(async () => (await queues.output.get('bad')) !== undefined)
  expect(await queues.output.get('bad')).toEqual(Lost({ item: 'pen', why: 'Sold out.' }))
  await clock.advance(8 * minute)
  expect(await queues.output.get('gone')).toBeUndefined()
  await clock.advance(minute)
  await until(async () => (await queues.output.get('gone')) !== undefined)
  expect(await queues.output.get('gone')).toMatchObject({
    tag: 'Lost',
    why: expect.stringMatching(/no poll has said/),
  })
})

it('asks again after a pause if asking has failed, and answers what it had found out by then', async () => {
  let times = 0
  const { queues, clock, told } = await opened(async function* (waiting: AsyncIterable<Waiter<string>>) {
    times++
    const found = await all(waiting)
    if (times === 2) {
      yield* found.slice(0, 1).map(({ id }) => [id, 'noon'] as const)
      throw new Error('The line is down.')
    }
    if (times > 2) yield* found.map(({ id }) => [id, 'night'] as const)
  } as unknown as Ask)
  await until(() => times === 1)
  await queues.input.push('a', Ordered({ item: 'pen' }))
  // The first may still be under way when the minute is over.
  await until(async () => {
    await clock.advance(minute)
    return told.length > 0
  })
  await until(async () => {
    await clock.advance(minute)
    return (await queues.output.get('a')) !== undefined
  })
  expect(told.join()).toMatch(/failed/)
})

it('passes over what has moved on since it was asked for', async () => {
  const parts = await opened(async (waiting) => {
    const found = await all(waiting)
    for (const { id } of found)
      await parts.backend.commit([{ kind: 'take', queue: 'flow/deliver', id, event: 'cancelled' }])
    return found.map(({ id }) => [id, 'noon'] as const)
  })
  const { queues, backend, clock, told } = parts
  await queues.input.push('a', Ordered({ item: 'pen' }))
  await clock.advance(minute)
  await until(async () => (await backend.journey('flow', 'a'))?.outcome === 'cancelled')
  await clock.advance(minute)
  expect(await queues.output.get('a')).toBeUndefined()
  expect(told).toEqual([])
})

it('polls once at a time in several processes on one file, and resolves thousands', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pipewright-'))
  const clock = new FakeClock()
  const backends = await Promise.all(
    Array.from({ length: 3 }, () => openAt(join(folder, 'queues.db'), { clock })),
  )
  onTestFinished(async () => {
    await Promise.all(backends.map((backend) => backend.close()))
    await rm(folder, { recursive: true })
  })
  let now = 0
  let most = 0
  let times = 0
  const ask: Ask = async (waiting) => {
    times++
    most = Math.max(most, ++now)
    const found = await all(waiting)
    now--
    return found.map(({ id }) => [id, 'noon'] as const)
  }
  const flows = await Promise.all(backends.map((backend) => open(backend, clock, ask)))
  await until(() => times >= 1)
  await Promise.all(
    Array.from({ length: 3000 }, (_, n) =>
      flows[n % 3]!.queues.input.push(`t${n}`, Ordered({ item: `${n}` })),
    ),
  )
  await clock.advance(minute)
  // On a server the first answers may have been recorded a moment later, and the next polls are as late.
  await until(async () => {
    await clock.advance(500)
    return (await countOf(backends[0]!, 'flow/output')) === 3000
  })
  expect(most).toBe(1)
  expect(await countOf(backends[0]!, 'flow/deliver')).toBe(0)
})

it('refuses times that make no sense', () => {
  const definition = { input: z.string(), output: z.string(), everyMs: 1, lostAfterMs: 1, ask: () => [] }
  expect(() => poll({ ...definition, everyMs: 0 })).toThrow(/everyMs is 0/)
  expect(() => poll({ ...definition, lostAfterMs: -1 })).toThrow(/lostAfterMs is -1/)
  expect(() => poll({ ...definition, ask: undefined as never })).toThrow('A poll needs a function `ask`.')
})

it('lets what is revived wait once more, as long as at first', async () => {
  let isSold = true
  const { queues, backend, clock } = await opened(async (waiting) =>
    (await all(waiting)).map(({ id }) => [id, isSold ? 'noon' : new Error('Sold out.')] as const),
  )
  isSold = false
  const revive = () => backend.commit([{ kind: 'revive', queue: 'flow/deliver', id: 'a' }])
  await queues.input.push('a', Ordered({ item: 'pen' }))
  await revive()
  await until(async () => (await status(backend, 'a')) === 'waiting')
  isSold = true
  await clock.advance(minute)
  await until(async () => (await queues.output.get('a')) !== undefined)
  expect(await queues.output.get('a')).toEqual(Delivered({ item: 'pen', at: 'noon' }))
  expect((await backend.journey('flow', 'a'))?.lines.map(({ event }) => event)).toEqual([
    ...['entered', 'revived', 'waiting', 'resolved'],
  ])
})

it.each([0, 1000])(
  'a push that is delayed by %i ms waits for an answer as long as any other',
  async (delayMs) => {
    const { queues, backend, clock } = await opened(async (waiting) => {
      await all(waiting)
      return []
    })
    await queues.input.push('a', Ordered({ item: 'pen' }), { delayMs })
    await clock.advance(9 * minute)
    expect(await status(backend, 'a')).toBe('waiting')
    await clock.advance(minute)
    await until(async () => (await queues.output.get('a')) !== undefined)
  },
)

it('lets what was edited or brought back wait on, as long as what has just come', async () => {
  const { queues, backend, clock } = await opened(async (waiting) =>
    (await all(waiting)).filter(({ value }) => value === 'ink').map(({ id }) => [id, 'noon'] as const),
  )
  const by = { by: 'ann', reason: 'It was wrong.' }
  const ids = ['edited', 'lost', 'back']
  for (const id of ids) await queues.input.push(id, Ordered({ item: 'pen' }))
  await clock.advance(5 * minute)
  await queues.edit('edited', Ordered({ item: 'ink' }), by)
  await queues.edit('lost', Ordered({ item: 'nib' }), by)
  await cancel(backend, { workflow: 'flow', id: 'back', ...by })
  await queues.uncancel('back', by)
  await until(async () =>
    (await Promise.all(ids.map((id) => status(backend, id)))).every((s) => s === 'waiting'),
  )
  await clock.advance(minute)
  await until(async () => (await queues.output.get('edited')) !== undefined)
  expect(await queues.output.get('edited')).toEqual(Delivered({ item: 'ink', at: 'noon' }))
  await clock.advance(8 * minute)
  expect(await status(backend, 'lost')).toBe('waiting')
  await clock.advance(minute)
  await until(async () => (await queues.output.get('lost')) !== undefined)
  await until(async () => (await queues.output.get('back')) !== undefined)
})

it('reads and resolves over HTTP more than one request may have', async () => {
  onlyUsual('It asks for HTTP over memory itself.')
  const clock = new FakeClock()
  const inner = await openUsual({ clock })
  const app = fastify({ forceCloseConnections: true })
  await app.register(serveBackend(inner, { token: 'secret' }))
  const backend = http(await app.listen({ host: '127.0.0.1', port: 0 }), { token: 'secret', clock })
  onTestFinished(async () => {
    await backend.close()
    await app.close()
    await inner.close()
  })
  const pages: number[] = []
  const list: Backend['list'] = async (queue, page) => {
    const found = await backend.list(queue, page)
    if (found.rows.length > 0) pages.push(found.rows.length)
    return found
  }
  let times = 0
  const { queues, told } = await open({ ...backend, list }, clock, async (waiting) => {
    const found = await all(waiting)
    times++
    return found.map(({ id, value }) => [id, value] as const)
  })
  await until(() => times === 1)
  const long = 'long'.repeat(100_000)
  for (let n = 0; n < 45; n++) await queues.input.push(`t${n}`, Ordered({ item: long }))
  await clock.advance(minute)
  const isOver = async () => told.length > 0 || (await countOf(inner, 'flow/output')) === 45
  await vi.waitFor(async () => expect(await isOver()).toBe(true), 20_000)
  expect(told).toEqual([])
  expect(pages).toEqual([20, 9, 9, 7])
})
