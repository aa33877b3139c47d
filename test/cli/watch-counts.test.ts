import { expect, it } from 'vitest'
import * as z from 'zod'
import { memory } from '../../src/backends/memory.ts'
import { isIdle, sayTotals, totalsOf } from '../../src/cli/supervise/idleness.ts'
import { warnOfStopped } from '../../src/cli/supervise/warn-of-stopped.ts'
import { watchCounts } from '../../src/cli/supervise/watch-counts.ts'
import { makeQueues, worker } from '../../src/index.ts'
import type { QueueCount } from '../../src/queue/queue-count.ts'
import { cancel } from '../../src/run/desk/cancel.ts'
import { silent } from '../../src/run/log.ts'

const none = { workflow: 'w', ready: 0, leased: 0, delayed: 0, waiting: 0, dead: 0, paused: false }
const stage: QueueCount = { ...none, queue: 'w/a', role: 'stage' }

it('is idle when nothing waits for a machine: people, the dead and the finished do not count', () => {
  const rest: readonly QueueCount[] = [
    { ...none, queue: 'w/look', role: 'review', ready: 2, leased: 1 },
    { ...none, queue: 'w/output', role: 'output', ready: 5 },
  ]
  expect(isIdle([{ ...stage, dead: 1 }, ...rest])).toBe(true)
  for (const status of ['ready', 'leased', 'delayed']) {
    expect(isIdle([{ ...stage, [status]: 1 }, ...rest]), status).toBe(false)
  }
  const totals = totalsOf([{ ...stage, dead: 1, delayed: 4 }, ...rest])
  expect(sayTotals(totals)).toBe('4 under way, 5 finished, 3 in review, 1 dead')
})

it('is idle while what stands in a queue of its own rests, such as a poller, and not while it works', () => {
  const poller: QueueCount = { ...none, queue: 'w/a/poll', role: 'standing' }
  expect(isIdle([stage, { ...poller, delayed: 1 }])).toBe(true)
  expect(sayTotals(totalsOf([stage, { ...poller, delayed: 1 }]))).toBe('0 finished, 0 in review, 0 dead')
  for (const status of ['ready', 'leased'])
    expect(isIdle([stage, { ...poller, [status]: 1 }]), status).toBe(false)
  // Those that wait for what it finds out are under way.
  expect(
    isIdle([
      { ...stage, waiting: 1 },
      { ...poller, delayed: 1 },
    ]),
  ).toBe(false)
})

it('believes that all is idle when it has seen it twice in a row', async () => {
  const backend = memory()
  const echo = worker({ input: z.string(), output: z.string(), process: (text) => text })
  const { input } = await makeQueues(echo, backend, 'w')
  const seen: boolean[] = []
  const each = (counts: readonly QueueCount[]) => {
    seen.push(isIdle(counts))
    if (seen.length === 1) void input.push('late', 'hello')
    if (seen.length === 2) void cancel(backend, { workflow: 'w', id: 'late', by: 'test', reason: 'enough' })
  }
  const { signal } = new AbortController()
  expect(await watchCounts(backend, 'w', { each, untilIdle: true, signal, log: silent })).toBe(true)
  expect(seen).toEqual([true, false, true, true])
  await backend.close()
})

it('ends when its signal aborts, and goes on where counting fails', async () => {
  const backend = memory()
  await backend.close()
  const stop = new AbortController()
  const told: string[] = []
  const warn = (message: string) => {
    told.push(message)
    stop.abort()
  }
  const options = { each() {}, untilIdle: true, signal: stop.signal, log: { ...silent, warn } }
  expect(await watchCounts(backend, 'w', options)).toBe(false)
  expect(told).toEqual(['The queues could not be counted; trying again.'])
})

it('warns once of tokens that wait for a person: in a paused queue, or at a gate that has no time to open', () => {
  const told: unknown[] = []
  const warn = warnOfStopped({ warn: (message, fields) => told.push([message, fields]) })
  const parked = { gate: 'ocr', why: 'closed' } as const
  const counts: readonly QueueCount[] = [
    { ...stage, queue: 'w/a', ready: 2, paused: true },
    { ...stage, queue: 'w/b', ready: 1, parked },
    { ...stage, queue: 'w/c', ready: 1, parked: { ...parked, until: 1 } },
    { ...stage, queue: 'w/d', ready: 1, parked: { ...parked, why: 'full' } },
    { ...stage, queue: 'w/e', paused: true },
  ]
  warn(counts)
  warn(counts)
  expect(told).toEqual([
    ['A queue is paused, and tokens wait in it.', { queue: 'w/a', ready: 2 }],
    ['A gate is closed, and tokens wait at it.', { gate: 'ocr', queue: 'w/b', ready: 1 }],
  ])
})
