import { expect, it } from 'vitest'
import * as z from 'zod'
import { gate, makeQueues, state, worker, wrapped } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { openUsual } from '../on/open.ts'
import { quiet, rig } from './limits-rig.ts'

const grin = gate('grin')
const retry = { attempts: 1 }
const timeoutMs = 60_000
const shut = { kind: 'gate', name: 'grin', closed: true } as const
const opened = { kind: 'gate', name: 'grin', closed: false } as const

it('charges nothing where the time is over while a gate is shut, and goes on when that opens', async () => {
  const attempts: number[] = []
  const { enter, clock, backend } = await rig(
    { behind: [grin], timeoutMs, retry },
    async ({ who }, { pass, attempt }) => {
      attempts.push(attempt)
      if (attempts.length === 1) await backend.commit([shut])
      await pass(grin)
      return who
    },
  )
  await enter('ann')
  await quiet()
  await clock.advance(timeoutMs - 1)
  expect(await backend.get('make/main', 't1')).toMatchObject({ status: 'leased' })
  await clock.advance(1)
  const row = await backend.get('make/main', 't1')
  expect(row).toMatchObject({ status: 'ready', attempts: 0, parked: { gate: 'grin', why: 'closed' } })
  const { lines } = (await backend.journey('make', 't1'))!
  expect(lines.at(-1)).toMatchObject({
    event: 'released',
    error: {
      name: 'GateShutError',
      message: 'Its time is over, and in some of it gate "grin", at which it waited, let nothing pass.',
    },
  })
  await clock.advance(10 * timeoutMs)
  await backend.commit([opened])
  await quiet()
  expect(attempts).toEqual([1, 1])
  expect(await backend.get('make/output', 't1')).toBeDefined()
})

it('gives a message back at once if the gate stays shut for longer than it may take', async () => {
  const aborted: unknown[] = []
  const { enter, clock, backend } = await rig(
    { behind: [grin], timeoutMs, retry },
    async ({ who }, { pass, signal }) => {
      signal.addEventListener('abort', () => aborted.push(signal.reason.message))
      if (aborted.length === 0) await backend.commit([{ ...shut, forMs: timeoutMs }])
      await pass(grin)
      return who
    },
  )
  await enter('ann')
  await quiet()
  const until = new Date(clock.now() + timeoutMs).toISOString()
  expect(aborted).toEqual([`Gate "grin" lets nothing pass until ${until}, longer than the work may take.`])
  expect(await backend.get('make/main', 't1')).toMatchObject({ status: 'ready', attempts: 0 })
  await clock.advance(timeoutMs)
  await quiet()
  expect(await backend.get('make/output', 't1')).toBeDefined()
})

it('waits in the work for a gate that opens in time', async () => {
  let attempts = 0
  const { enter, clock, backend } = await rig({ behind: [grin], timeoutMs }, async ({ who }, { pass }) => {
    attempts++
    await backend.commit([{ ...shut, forMs: timeoutMs - 1 }])
    await pass(grin)
    return who
  })
  await enter('ann')
  await quiet()
  await clock.advance(timeoutMs - 1)
  await quiet()
  expect(attempts).toBe(1)
  expect(await backend.get('make/output', 't1')).toBeDefined()
})

it('lets a message rest until the gate opens at which its stage only passes', async () => {
  const rests: unknown[] = []
  const { enter, clock, backend } = await rig(
    { passes: [grin], timeoutMs, retry },
    async ({ who }, { pass }) => {
      if (rests.length === 0) await backend.commit([{ ...shut, forMs: 5 * timeoutMs }])
      await pass(grin)
      return who
    },
  )
  await enter('ann')
  await quiet()
  rests.push(await backend.get('make/main', 't1'))
  expect(rests).toMatchObject([{ status: 'delayed', attempts: 0, dueAt: clock.now() + 5 * timeoutMs }])
  await clock.advance(5 * timeoutMs)
  await quiet()
  expect(await backend.get('make/output', 't1')).toBeDefined()
})

it('does not count the wait at a shut gate, and charges what takes too long without it', async () => {
  let calls = 0
  const { enter, clock, backend } = await rig(
    { behind: [grin], timeoutMs, retry: { attempts: 3, minMs: 0, maxMs: 0 } },
    async ({ who }, { pass }) => {
      if (++calls === 1) await backend.commit([{ ...shut, forMs: 1000 }])
      await pass(grin)
      await new Promise((resolve) => clock.after(2 * timeoutMs, () => resolve(undefined)))
      return who
    },
  )
  const last = async () => (await backend.journey('make', 't1'))!.lines.at(-1)
  await enter('ann')
  await quiet()
  await clock.advance(timeoutMs)
  expect(await last()).toMatchObject({ event: 'released', error: { name: 'GateShutError' } })
  await clock.advance(timeoutMs)
  expect(await last()).toMatchObject({ event: 'postponed', error: { name: 'TimeoutError' } })
})

it('counts waits once that overlap', async () => {
  const { enter, clock, backend } = await rig(
    { behind: [grin], timeoutMs, retry: { attempts: 3, minMs: 0, maxMs: 0 } },
    async ({ who }, { pass }) => {
      await backend.commit([{ ...shut, forMs: 1000 }])
      await Promise.all([pass(grin), pass(grin), pass(grin)])
      await new Promise(() => {})
      return who
    },
  )
  await enter('ann')
  await quiet()
  await clock.advance(1000)
  // The event loop is busy, and comes to the timer late.
  clock.stall(timeoutMs + 500)
  await clock.advance(1)
  expect((await backend.journey('make', 't1'))!.lines.at(-1)).toMatchObject({ event: 'postponed' })
})

it('gives all of a batch back, which fails with the one that has waited', async () => {
  const clock = new FakeClock()
  const backend = await openUsual({ clock })
  const stage = worker({
    ...{ input: z.string(), output: z.string(), batch: 2, behind: [grin], timeoutMs, retry },
    process: async (texts, [first]) => {
      await first!.pass(grin)
      return texts
    },
  })
  const Text = state('Text', z.object({ text: z.string() }))
  const Done = state('Done', z.object({ text: z.string() }))
  const flow = wrapped(stage, {
    ...{ input: Text, output: Done },
    pre: ({ text }) => text,
    post: (_, text) => Done({ text }),
  })
  const queues = await makeQueues(flow, backend, 'make', { clock, owner: 'me' })
  for (const id of ['a', 'b']) await queues.input.push(id, Text({ text: id }))
  const leased = backend.lease
  backend.lease = async (queue, request) => {
    const rows = await leased(queue, request)
    if (rows.length > 0) await backend.commit([{ ...shut, forMs: timeoutMs }])
    return rows
  }
  const stop = new AbortController()
  const ended = queues.artifacts()(stop.signal)
  await quiet()
  for (const id of ['a', 'b'])
    expect(await backend.get('make/main', id)).toMatchObject({ status: 'ready', attempts: 0 })
  stop.abort()
  await ended
})
