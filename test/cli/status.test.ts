import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { type Clock, systemClock } from '../../src/queue/clock.ts'
import { answerOf, cli, folder, letters } from './rig.ts'

let cwd: string
beforeEach(() => {
  cwd = folder()
})

const answer = (...args: string[]) => answerOf(cwd, ...args)

it('shows how the queues are doing', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a,b')
  const [stamp] = await answer('status')
  expect(stamp).toMatchObject({ queue: 'letters/stamp', ready: 2, dead: 0, paused: false, perMinute: 0 })
  expect(stamp.oldestAgeMs).toBeGreaterThanOrEqual(0)
  expect(stamp.drainMs).toBeUndefined()
  const { out } = await cli(cwd, 'status')
  expect(out.split('\n')[0]).toMatch(
    /^queue +ready +leased +delayed +waiting +dead +oldest +per min +drained in$/,
  )
  expect(out).toMatch(/^letters\/stamp +2 +0 +0 +0 +0 +\d+ s +0$/m)
})

it('reckons from the history how fast a queue drains', async () => {
  await cli(cwd, 'seed', letters, '--sample', '30')
  const backend = await sqlite(join(cwd, 'queues.db'))
  const ids = Array.from({ length: 10 }, (_, i) => `sample-${i + 1}`)
  await backend.commit(ids.map((id) => ({ kind: 'take', queue: 'letters/stamp', id, event: 'cancelled' })))
  await backend.close()
  const [stamp] = await answer('status')
  // Ten have left within the ten seconds that are reckoned with at least; twenty more wait.
  expect(stamp.perMinute).toBeGreaterThan(20)
  expect(stamp.perMinute).toBeLessThanOrEqual(60)
  expect(stamp.drainMs).toBeCloseTo((20 / stamp.perMinute) * 60_000, -1)
})

it('says nothing of draining where nothing has left for a minute, but that no worker is there', async () => {
  const ago: Clock = { ...systemClock, now: () => Date.now() - 120_000 }
  await cli(cwd, 'seed', letters, '--ids', 'x')
  const backend = await sqlite(join(cwd, 'queues.db'), { clock: ago })
  const push = { kind: 'push', queue: 'letters/stamp', value: null, enter: 'refuse' } as const
  const token = (id: string) => ({ id, hop: 1, frames: [], priority: 0, deploy: 1 })
  await backend.commit(['a', 'b', 'c'].map((id) => ({ ...push, token: token(id) })))
  for (const id of ['x', 'a']) {
    await backend.commit([{ kind: 'take', queue: 'letters/stamp', id, event: 'cancelled' }])
  }
  const [idle] = await answer('status')
  expect(idle).toMatchObject({ ready: 2, lacksWorker: true, holders: [] })
  expect(idle.perMinute).toBeGreaterThan(0)
  expect(idle.drainMs).toBeUndefined()
  expect((await cli(cwd, 'status')).out).toMatch(/^letters\/stamp +2 .* +no worker$/m)
  await backend.lease('letters/stamp', { owner: 'host:7:0123abcd', leaseMs: 60_000, timeoutMs: 60_000 })
  const [busy] = await answer('status')
  expect(busy).toMatchObject({ leased: 1, lacksWorker: false, holders: ['host:7:0123abcd'] })
  expect((await cli(cwd, 'status')).out).toMatch(/^letters\/stamp +1 +1 .* +held by host:7$/m)
  await backend.close()
})

it('shows shortly the progress that handlers have reported', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a,b,c,d,e')
  const backend = await sqlite(join(cwd, 'queues.db'))
  const queue = 'letters/stamp'
  const request = { owner: 'host:7:0123abcd', limit: 5, leaseMs: 60_000, timeoutMs: 60_000 }
  const leased = await backend.lease(queue, request)
  const note = 'page 4 of 10 https://ann:hunter2@example.org/'.padEnd(200, 'x')
  const told = leased.slice(0, 4).map(({ id, hop, lease }, i) => {
    const progress = { fraction: 0.299 * i, ...(i === 1 ? { note } : {}) }
    return { kind: 'remember', queue, id, hop, lease, progress } as const
  })
  await backend.commit(told)
  const [stamp] = await answer('status')
  expect(stamp.progress).toHaveLength(4)
  expect(stamp.progress[1]).toEqual({
    id: leased[1]!.id,
    fraction: 0.299,
    note: note.replace('ann:hunter2', '...'),
  })
  const [a, b, c] = leased.map(({ id }) => id)
  const { out } = await cli(cwd, 'status')
  const half = `page 4 of 10 https://...@example.org/xxx`
  expect(out).toContain(`  held by host:7; ${a} 0%, ${b} 29% (${half}...), ${c} 59%, 1 more\n`)
  await backend.close()
})

it('shows a database in which nothing is, also an empty file', async () => {
  writeFileSync(join(cwd, 'queues.db'), '')
  expect(await cli(cwd, 'status')).toEqual({ code: 0, out: 'There are no queues yet.', err: '' })
  expect(await answer('status')).toEqual([])
})

it('shows how long messages waited and were worked on, and knows whether a process works on them', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a,b,c')
  const queue = 'letters/stamp'
  const ago: Clock = { ...systemClock, now: () => Date.now() - 30_000 }
  let backend = await sqlite(join(cwd, 'queues.db'), { clock: ago })
  const push = { kind: 'push', queue, value: null, enter: 'refuse' } as const
  await backend.commit([{ ...push, token: { id: 'd', hop: 1, frames: [], priority: -1, deploy: 1 } }])
  const [d] = await backend.lease(queue, { owner: 'host:7:0123abcd', leaseMs: 60_000, timeoutMs: 60_000 })
  const { id, hop, lease } = d!
  await backend.commit([{ kind: 'pop', event: 'discarded', queue, id, hop, lease, workMs: 40 }])
  await backend.commit([{ ...push, token: { id: 'e', hop: 1, frames: [], priority: 0, deploy: 1 } }])
  // What it has metered is in the file then.
  await backend.close()
  backend = await sqlite(join(cwd, 'queues.db'), { clock: ago })
  const facts = { host: 'host', pid: 7, deploy: 1, startedAt: 0 }
  const tell = (stages: object) =>
    backend.commit([
      {
        kind: 'put',
        workflow: 'letters',
        key: 'process/host:7:0123abcd',
        value: { ...facts, stages: { ...stages } },
        forMs: 90_000,
      },
    ])
  await tell({ [queue]: 4 })
  const [stamp] = await answer('status')
  expect(stamp).toMatchObject({ ready: 4, slots: 4, lacksWorker: false, entered: 5, left: 1 })
  expect(stamp.work.p50).toBeCloseTo(48)
  expect(stamp.drainMs).toBeGreaterThan(0)
  expect((await cli(cwd, 'status')).out.split('\n')[0]).toMatch(/ drained in +wait p50\/p99 +work p50\/p99$/)
  await tell({ 'letters/other': 1 })
  const [left] = await answer('status')
  expect(left).toMatchObject({ ready: 4, lacksWorker: true })
  expect(left.drainMs).toBeUndefined()
  expect((await cli(cwd, 'status')).out).toMatch(/^letters\/stamp +4 .* 48 ms \/ 64 ms +no worker$/m)
  await backend.close()
})
