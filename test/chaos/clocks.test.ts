import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import type { Backend } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import {
  hour,
  leaseMs,
  type Machine,
  machines,
  newFolder,
  type Process,
  Raw,
  start,
  until,
} from './clock-rig.ts'

// Clocks that jump by an hour, both ways, and a process whose clock is an hour ahead; only the wall clock, as an
// administrator or a time server moves it: what has elapsed is the same for all. How each protection was taken out
// once, in a copy, to see this fail:
// - `elapsed` of the turn made `now` (`turn.ts`), and the same in `queues.ts` of the memory: leases are stolen;
// - `clock.elapsed()` in `attempt.ts` and `deadlines.ts` made `clock.now()`: the work times out at the jump;
// - the second after which memory looks again (`longestWaitMs` in `memory-queue.ts`): no listener is called for ten minutes;
// - the poll of `watchers.ts`: the same;
// - `reclaimVoid` in `declaring.ts` and `mender.ts`: the lease of the earlier boot lasts for a week.

// Its processes and files share the machine with other tests.
vi.setConfig({ testTimeout: 60_000 })

const push = (backend: Backend, id: string, delayMs = 0) =>
  backend.commit([
    {
      ...{ kind: 'push', queue: 'c/work', value: { tag: 'Raw', text: id }, enter: 'refuse', delayMs },
      token: { id, hop: 0, frames: [], priority: 0, deploy: 1 },
    },
  ])

const lease = (backend: Backend, owner: string) =>
  backend.lease('c/work', { owner, leaseMs, timeoutMs: 100_000 })

describe.each(Object.keys(machines))('%s', (kind) => {
  let machine: Machine
  beforeEach(async () => {
    machine = await machines[kind]!()
  })
  const declare = () => start(machine, 'usual', (text) => text)

  it.each([hour, -hour])(
    'a lease lasts as long as it is renewed and no longer, over a jump of %i ms',
    async (jump) => {
      const { clock, usual, ahead } = machine
      await declare()
      await start(machine, 'ahead', (text) => text)
      for (const [id, mine, theirs] of [
        ['a', usual, ahead],
        ['b', ahead, usual],
      ] as const) {
        await push(usual, id)
        const [held] = await lease(mine, 'mine')
        for (let beat = 0; beat < 6; beat++) {
          if (beat % 2 === 0) clock.jump(jump)
          expect(await lease(theirs, 'theirs')).toEqual([])
          await clock.advance(leaseMs / 2)
          expect(await lease(theirs, 'theirs')).toEqual([])
          const fence = { queue: 'c/work', id, hop: 1, lease: held!.lease }
          expect(await mine.extend('mine', [fence])).toEqual({ held: [fence], strays: [] })
        }
        clock.jump(jump)
        expect((await usual.get('c/work', id))?.leaseLeftMs).toBe(leaseMs)
        await clock.advance(leaseMs - 1)
        expect(await lease(theirs, 'theirs')).toEqual([])
        await clock.advance(1)
        expect(await lease(theirs, 'theirs')).toMatchObject([{ id, suspect: true, attempts: 0, crashes: 0 }])
        await usual.commit([{ kind: 'take', queue: 'c/work', id, event: 'cancelled' }])
      }
    },
  )

  it('a delayed message is due when the wall clock says so, and listeners are called', async () => {
    const { ahead, clock, usual } = machine
    // To a process whose wall clock is ahead it would be due.
    if (ahead !== usual) await ahead.close()
    await declare()
    let told = 0
    onTestFinished(usual.watch(() => void told++))
    await push(usual, 'forwards', 600_000)
    clock.jump(hour)
    told = 0
    await clock.advance(1000)
    expect(told).toBeGreaterThan(0)
    expect(await lease(usual, 'me')).toMatchObject([{ id: 'forwards' }])

    await push(usual, 'backwards', 600_000)
    const dueAt = (await usual.get('c/work', 'backwards'))!.dueAt!
    clock.jump(-hour)
    await clock.advance(600_000)
    expect((await lease(usual, 'me')).map(({ id }) => id)).not.toContain('backwards')
    await clock.advance(dueAt - clock.now() - 1)
    expect((await lease(usual, 'me')).map(({ id }) => id)).not.toContain('backwards')
    told = 0
    await clock.advance(1)
    expect(told).toBeGreaterThan(0)
    const ids = [...(await lease(usual, 'me')), ...(await lease(usual, 'me'))].map(({ id }) => id)
    expect(ids).toContain('backwards')
  })

  it('work goes on over jumps, is done once, and ends in time', async () => {
    const { clock, usual } = machine
    const runs: { id: string; signal: AbortSignal; end: (text: string) => void }[] = []
    const work: Process = (_, { id, signal }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
        runs.push({ id, signal, end: resolve })
      })
    const one = await start(machine, 'usual', work)
    const other = await start(machine, 'ahead', work)
    one.run()
    await one.input.push('a', Raw({ text: '' }))
    await one.input.push('hangs', Raw({ text: '' }))
    await until(() => runs.length === 2, 'both are begun')
    other.run()
    const pass = async () => {
      await clock.advance(leaseMs / 4)
      // Renewals are committed in turns of the event loop of their own.
      for (let turn = 0; turn < 4; turn++) await setImmediate()
    }
    for (const jump of [hour, hour, -hour, -hour, -hour, hour]) {
      clock.jump(jump)
      for (let beat = 0; beat < 8; beat++) await pass()
    }
    expect(runs.map(({ signal }) => signal.aborted)).toEqual([false, false])
    runs.find(({ id }) => id === 'a')!.end('done')
    await until(() => usual.get('c/output', 'a'), 'the result is there')
    clock.jump(-hour)
    await until(async () => {
      await pass()
      return runs[1]!.signal.aborted
    }, 'it times out')
    expect(runs.filter(({ id }) => id === 'a')).toHaveLength(1)
    const { lines } = (await usual.journey('c', 'hangs'))!
    expect(lines.map(({ event }) => event).filter((event) => event === 'expired')).toEqual([])
  })

  it('a claim at a desk lasts as long as it was asked for, over jumps', async () => {
    const { clock, usual } = machine
    const refuse = () => Promise.reject(Object.assign(new Error('no'), { retry: false }))
    const one = await start(machine, 'usual', refuse)
    const other = await start(machine, 'ahead', refuse)
    one.run()
    for (const id of ['a', 'b']) await one.input.push(id, Raw({ text: id }))
    await until(async () => (await one.desk.count()).waiting === 2, 'they are on the desk')
    const minutes = 60_000
    for (const [id, mine, theirs] of [
      ['a', one.desk, other.desk],
      ['b', other.desk, one.desk],
    ] as const) {
      const { hop, lease } = await mine.claim(id, 'ann')
      for (const jump of [hour, -hour, -hour]) {
        clock.jump(jump)
        await clock.advance(5 * minutes - 1)
        await expect(theirs.claim(id, 'bob')).rejects.toMatchObject({ code: 'conflict' })
        await expect(theirs.decide(id, { decision: 'accept' }, { hop, by: 'bob' })).rejects.toThrow(/ann/)
      }
      if (id === 'a') await mine.decide(id, { decision: 'accept' }, { hop, lease, by: 'ann' })
      else {
        await clock.advance(3)
        await theirs.decide(id, { decision: 'accept' }, { hop, by: 'bob' })
      }
      expect((await usual.get('c/output', id))?.value).toEqual({ tag: 'Done', text: id })
    }
  })
})

it('a lease of an earlier boot is void, also if no process declares that workflow again', async () => {
  const path = join(await newFolder(), 'queues.db')
  const before = new FakeClock()
  const first = await sqlite(path, { clock: before })
  const machine = { clock: before, usual: first, ahead: first }
  await start(machine, 'usual', (text) => text)
  await push(first, 'a')
  await before.advance(7 * 24 * hour)
  await lease(first, 'dead')
  await first.close()

  const clock = new FakeClock()
  const again = await sqlite(path, { clock })
  onTestFinished(() => again.close())
  expect(await lease(again, 'me')).toEqual([])
  await again.declare({ workflow: 'another', queues: [{ name: 'x', role: 'stage' }], fingerprint: 'v1' })
  // The queues of other workflows are looked through beside the work.
  let leased: Awaited<ReturnType<typeof lease>> = []
  await vi.waitUntil(async () => {
    await clock.advance(100)
    leased = await lease(again, 'me')
    return leased.length > 0
  })
  expect(leased).toMatchObject([{ id: 'a', suspect: true, attempts: 0, crashes: 0 }])
})
