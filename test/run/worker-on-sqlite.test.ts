import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { type SqliteBackend, sqlite } from '../../src/backends/sqlite/index.ts'
import { makeQueues, type Queues, sequential, worker } from '../../src/index.ts'
import type { WorkOptions } from '../../src/run/work/work.ts'
import type { WorkContext } from '../../src/run/work/work-context.ts'
import { onlySQLite } from '../on/kind.ts'
import { makeGate } from './stage-rig.ts'

beforeEach(() => onlySQLite('It is about several views of one file.'))

type Process = (n: number, ctx: WorkContext) => number | Promise<number>

/** As many views of one file as are asked for, each with workers of its own, as processes have. */
async function openViews(count: number, process: Process, options: WorkOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'pipewright-'))
  const stop = new AbortController()
  const io = { input: z.number(), output: z.number(), concurrency: 5, ...options }
  const flow = sequential(worker({ ...io, process }), worker({ ...io, process: (n) => n }))
  const running: Promise<void>[] = []
  const views: { backend: SqliteBackend; queues: Queues<number, number, unknown, unknown> }[] = []
  for (let n = 0; n < count; n++) {
    const backend = await sqlite(join(folder, 'queues.db'))
    const queues = await makeQueues(flow, backend, 'flow')
    views.push({ backend, queues })
    running.push(...queues.artifacts().map((run) => run(stop.signal)))
  }
  const end = async () => {
    stop.abort()
    await Promise.all(running)
  }
  onTestFinished(async () => {
    await end()
    for (const { backend } of views) await backend.close()
    await rm(folder, { recursive: true })
  })
  return { ...views[0]!, views, end }
}

it('does all the work once, through several connections to the file', async () => {
  const seen: number[] = []
  const { backend, views } = await openViews(2, async (n) => {
    seen.push(n)
    await new Promise(setImmediate)
    return n
  })
  const numbers = Array.from({ length: 200 }, (_, n) => n)
  await Promise.all(numbers.map((n) => views[n % 2]!.queues.input.push(`t${n}`, n)))
  await expect.poll(async () => (await backend.count('flow/output'))[0]!.ready, { timeout: 10_000 }).toBe(200)
  expect(seen.toSorted((a, b) => a - b)).toEqual(numbers)
})

it('aborts the work on a token that another view cancels, and keeps the lease of the rest', async () => {
  const signals = new Map<string, AbortSignal>()
  const gate = makeGate<number>()
  const { backend, queues, views } = await openViews(
    2,
    (_, { id, signal }) => {
      signals.set(id, signal)
      return gate.promise
    },
    { leaseMs: 300 },
  )
  await queues.input.push('kept', 1)
  await queues.input.push('gone', 2)
  await expect.poll(() => signals.size).toBe(2)
  await views[1]!.backend.commit([
    { kind: 'take', queue: 'flow/main/0', id: 'gone', event: 'cancelled', actor: 'ann' },
  ])
  await expect.poll(() => signals.get('gone')!.aborted, { timeout: 5000 }).toBe(true)
  expect(signals.get('kept')!.aborted).toBe(false)
  gate.open(1)
  await expect.poll(() => backend.get('flow/output', 'kept')).toBeDefined()
  expect((await backend.journey('flow', 'kept'))!.lines.map(({ event }) => event)).toEqual([
    ...['entered', 'moved', 'moved'],
  ])
})

it('gives back what it cannot finish when it is stopped', async () => {
  let began = false
  const { backend, queues, end } = await openViews(
    1,
    () => {
      began = true
      return new Promise(() => {})
    },
    { graceMs: 20 },
  )
  await queues.input.push('a', 1)
  await expect.poll(() => began).toBe(true)
  await end()
  expect(await backend.get('flow/main/0', 'a')).toMatchObject({
    status: 'ready',
    attempts: 0,
    suspect: false,
  })
})

it('lets a timed out message wait as `retry` says, however busy the queue is', async () => {
  const begun: string[] = []
  // So long that no part of it that chance may choose is over in this test.
  const yearMs = 365 * 86_400_000
  const retry = { attempts: 3, minMs: 10 * yearMs, maxMs: 10 * yearMs }
  const { backend, queues } = await openViews(
    2,
    (n, { id }) => {
      begun.push(id)
      return n < 4 ? new Promise(() => {}) : n
    },
    { timeoutMs: 100, leaseMs: 1000, retry },
  )
  for (let n = 0; n < 4; n++) await queues.input.push(`hangs-${n}`, n)
  const waiting = async () => (await backend.count('flow/main/0'))[0]!
  await expect.poll(async () => (await waiting()).delayed, { timeout: 10_000 }).toBe(4)
  for (let n = 4; n < 40; n++) await queues.input.push(`t${n}`, n)
  await expect.poll(async () => (await backend.count('flow/output'))[0]!.ready, { timeout: 10_000 }).toBe(36)
  expect(begun.filter((id) => id.startsWith('hangs'))).toHaveLength(4)
  expect(await waiting()).toMatchObject({ delayed: 4, dead: 0 })
})
