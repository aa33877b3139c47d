import { expect, it } from 'vitest'
import * as z from 'zod'
import { type Backend, makeQueues, oneOf, state, worker, workflow, wrapped } from '../../src/index.ts'
import type { Push } from '../../src/queue/change.ts'
import { cancel } from '../../src/run/desk/cancel.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { openUsual } from '../on/open.ts'

const Ping = state('Ping', z.object({}))
const Pong = state('Pong', z.object({}))
const Out = state('Out', z.object({}))

/** Two stages that pass a token to each other, ten times or as often as `work` says. */
function makeGame(work: (hop: number, signal: AbortSignal) => Promise<void> | void) {
  const player = () =>
    worker({
      input: z.object({}),
      output: z.boolean(),
      process: async (_value, { hop, signal }) => {
        await work(hop, signal)
        return hop >= 10
      },
    })
  return workflow({
    input: Ping,
    output: Out,
    stages: {
      ping: wrapped(player(), {
        input: Ping,
        output: oneOf(Pong, Out),
        pre: () => ({}),
        post: (_, over) => (over ? Out({}) : Pong({})),
      }),
      pong: wrapped(player(), {
        input: Pong,
        output: oneOf(Ping, Out),
        pre: () => ({}),
        post: (_, over) => (over ? Out({}) : Ping({})),
      }),
    },
  })
}

/** `inner`, where something happens after each look at a journey. */
function disturbed(inner: Backend, afterLook: () => Promise<void>): Backend {
  return {
    ...inner,
    journey: async (...asked) => {
      const journey = await inner.journey(...asked)
      await afterLook()
      return journey
    },
  }
}

const request = { workflow: 'game', id: 'a', by: 'ann', reason: 'enough' }

it('takes the token out with who and why, and says where it was', async () => {
  const backend = await openUsual()
  const queues = await makeQueues(
    makeGame(() => {}),
    backend,
    'game',
  )
  await queues.input.push('a', Ping({}))
  expect(await cancel(backend, request)).toEqual({ queue: 'game/ping' })
  const journey = await backend.journey('game', 'a')
  expect(journey?.queue).toBeUndefined()
  expect(journey?.lines.at(-1)).toMatchObject({ event: 'cancelled', actor: 'ann', reason: 'enough' })
})

it('looks again when the token has hopped on between look and take', async () => {
  const inner = await openUsual()
  const queues = await makeQueues(
    makeGame(() => {}),
    inner,
    'game',
  )
  const { ping, pong } = queues.artifacts()
  await queues.input.push('a', Ping({}))
  let looks = 0
  const backend = disturbed(inner, async () => {
    if (++looks > 3) return
    const before = (await inner.journey('game', 'a'))!.queue
    const stop = new AbortController()
    const running = (before === 'game/ping' ? ping : pong)(stop.signal)
    await expect.poll(async () => (await inner.journey('game', 'a'))!.queue).not.toBe(before)
    stop.abort()
    await running
  })
  expect(await cancel(backend, request)).toEqual({ queue: 'game/pong' })
  expect(looks).toBe(4)
})

it('refuses the result of work under way on the token, and aborts its signal', async () => {
  let aborted = false
  let begin = () => {}
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const clock = new FakeClock()
  const backend = await openUsual({ clock })
  const game = makeGame(async (_, signal) => {
    begin()
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    aborted = true
  })
  const queues = await makeQueues(game, backend, 'game', { clock })
  await queues.input.push('a', Ping({}))
  const stop = new AbortController()
  const running = queues.artifacts().ping(stop.signal)
  await begun
  await cancel(backend, request)
  // The next time that leases are extended, this one is not there any more.
  await clock.advance(30_000)
  expect(aborted).toBe(true)
  stop.abort()
  await running
  const journey = await backend.journey('game', 'a')
  expect(journey?.queue).toBeUndefined()
  expect(journey?.lines.map(({ event }) => event)).toEqual(['entered', 'cancelled'])
})

it('rejects for a token that has finished or was never known, and without a person or a reason', async () => {
  const backend = await openUsual()
  const queues = await makeQueues(
    makeGame(() => {}),
    backend,
    'game',
  )
  await queues.input.push('a', Ping({}))
  await expect(cancel(backend, { ...request, id: 'b' })).rejects.toMatchObject({ code: 'not_found' })
  await expect(cancel(backend, { ...request, by: '' })).rejects.toMatchObject({ code: 'invalid' })
  await expect(cancel(backend, { ...request, reason: ' ' })).rejects.toMatchObject({ code: 'invalid' })
  const stop = new AbortController()
  const { ping, pong } = queues.artifacts()
  const running = [ping(stop.signal), pong(stop.signal)]
  await queues.output.read()
  stop.abort()
  await Promise.all(running)
  await expect(cancel(backend, request)).rejects.toThrow('it has finished')
})

it('takes a token with all that owe it a reply, also when it was interrupted', async () => {
  const backend = await openUsual()
  const workflow = 'w'
  const queues = [{ name: 'w/a', role: 'stage' }] as const
  await backend.declare({ workflow, queues, fingerprint: '1' })
  const push = (id: string, parent?: string): Push => ({
    ...({ kind: 'push', queue: 'w/a', value: 1, enter: 'refuse' } as const),
    token: { id, hop: 1, frames: [], priority: 0, deploy: 1, parent },
    reply: parent === undefined ? undefined : { workflow, id: parent, hop: 1, name: 'part', key: id },
  })
  const ids = Array.from({ length: 2100 }, (_, n) => `c-${n}`)
  await backend.commit([push('p'), ...ids.map((id) => push(id, 'p')), push('free')])
  const why = { workflow, id: 'p', by: 'ann', reason: 'why' }
  let commits = 0
  const dying = {
    ...backend,
    async commit(changes: Parameters<Backend['commit']>[0]) {
      if (++commits > 1) throw new Error('killed')
      return backend.commit(changes)
    },
  }
  await expect(cancel(dying, why)).rejects.toThrow('killed')
  expect((await backend.count('w/a'))[0]?.ready).toBe(1101)
  expect(await cancel(backend, why)).toEqual({ queue: 'w/a' })
  expect((await backend.list('w/a')).rows.map(({ id }) => id)).toEqual(['free'])
  await expect(cancel(backend, why)).rejects.toMatchObject({ code: 'conflict' })
})
