import { expect, it } from 'vitest'
import { memory } from '../../src/backends/memory.ts'
import { type Backend, BackendError } from '../../src/index.ts'
import type { Change, Fence, Leased, LeaseRequest, Renewal } from '../../src/queue/contract.ts'
import { makeKeeper } from '../../src/run/lease/keeper.ts'
import { silent } from '../../src/run/log.ts'
import { FakeClock } from '../../src/testing/index.ts'

const fence = (id: string, lease = 1): Fence => ({ queue: 'q', id, hop: 1, lease })
const leased = (id: string): Leased =>
  ({ ...fence(id), attempts: 0, crashes: 0, value: null }) as unknown as Leased
const request = { owner: 'me', leaseMs: 3000, timeoutMs: 60_000 }
const all = (held: readonly Fence[]): Renewal => ({ held, strays: [] })

type Extend = (fences: readonly Fence[]) => Renewal | Promise<Renewal>

function open(extend: Extend, more: Partial<Backend> = {}) {
  const clock = new FakeClock()
  const asked: (readonly Fence[])[] = []
  const committed: Change[] = []
  const backend: Backend = {
    ...memory({ clock }),
    extend: async (_, fences) => {
      asked.push(fences)
      return extend(fences)
    },
    commit: async (changes) => {
      committed.push(...changes)
      return { repeated: false, skipped: [] }
    },
    lease: async (_, { ids = [] }) => ids.map(leased),
    ...more,
  }
  const warnings: string[] = []
  const log = { ...silent, warn: (message: string) => void warnings.push(message) }
  const keeper = makeKeeper({ backend, owner: 'me', clock, log })
  const hold = async (id: string, leaseMs: number, lost = () => {}) => {
    const [held] = await keeper.lease('q', { ...request, leaseMs, ids: [id] })
    held!.onLost(lost)
    return held!
  }
  return { clock, keeper, hold, warnings, asked, committed }
}

it('renews at a third of the shortest lease, and only while something is held', async () => {
  const { clock, hold, keeper, asked } = open(all)
  await clock.advance(60_000)
  expect(asked).toHaveLength(0)
  const a = await hold('a', 30_000)
  await clock.advance(30_000)
  expect(asked).toEqual([[fence('a')], [fence('a')], [fence('a')]])
  const b = await hold('b', 3000)
  await clock.advance(10_000)
  expect(asked).toHaveLength(13)
  keeper.drop(a)
  keeper.drop(b)
  await clock.advance(10_000)
  expect(asked).toHaveLength(13)
  // Nothing is left of it when nothing is held, however often queues are made.
  expect(clock.waiting).toBe(0)
  await hold('c', 30_000)
  await clock.advance(30_000)
  expect(asked).toHaveLength(16)
})

it('calls a lease lost when a renewal does not find it, once', async () => {
  let held: readonly Fence[] = [fence('a'), fence('b')]
  const { clock, hold } = open(() => all(held))
  const lost: string[] = []
  await hold('a', 3000, () => lost.push('a'))
  await hold('b', 3000, () => lost.push('b'))
  await clock.advance(1000)
  expect(lost).toEqual([])
  held = [fence('a')]
  await clock.advance(1000)
  expect(lost).toEqual(['b'])
  await clock.advance(5000)
  expect(lost).toEqual(['b'])
})

it('believes no report of a lease that is younger than the question', async () => {
  let answer: (renewal: Renewal) => void = () => {}
  const { clock, hold, asked } = open(() => new Promise((resolve) => (answer = resolve)))
  const lost: string[] = []
  await hold('old', 3000, () => lost.push('old'))
  await clock.advance(1000)
  await hold('young', 3000, () => lost.push('young'))
  answer(all([fence('old')]))
  await clock.advance(0)
  await clock.advance(1000)
  expect(lost).toEqual([])
  expect(asked.at(-1)).toEqual([fence('old'), fence('young')])
})

it('does not take a later lease on the same message for the one that was lost', async () => {
  const { clock, hold } = open(() => all([fence('a', 2)]))
  let lost = false
  await hold('a', 3000, () => (lost = true))
  await clock.advance(1000)
  expect(lost).toBe(true)
})

it('holds of leases whose answer took longer than they last only those that a renewal finds', async () => {
  const answers: (() => void)[] = []
  const late = async (_: string, { ids = [] }: LeaseRequest) => {
    await new Promise<void>((resolve) => answers.push(resolve))
    return ids.map(leased)
  }
  let down = false
  const { clock, keeper, asked } = open(
    (fences) => {
      if (down) throw new BackendError('down')
      return all(fences.filter(({ id }) => id !== 'gone'))
    },
    { lease: late },
  )
  const soon = keeper.lease('q', { ...request, ids: ['a'] })
  await clock.advance(2999)
  answers[0]!()
  expect(await soon).toHaveLength(1)
  const before = asked.length
  const slow = keeper.lease('q', { ...request, ids: ['gone', 'b'] })
  await clock.advance(3000)
  answers[1]!()
  expect((await slow).map(({ row }) => row.id)).toEqual(['b'])
  expect(asked.slice(before)).toContainEqual([fence('gone'), fence('b')])
  expect(keeper.fences().map(({ id }) => id)).toEqual(['a', 'b'])
  down = true
  const unknown = keeper.lease('q', { ...request, ids: ['c'] })
  await clock.advance(3000)
  answers[2]!()
  await expect(unknown).rejects.toThrow('down')
  expect(keeper.fences().map(({ id }) => id)).toEqual(['a', 'b'])
  keeper.stop()
})

it('goes on when leases could not be renewed, and does not call them lost for that', async () => {
  let down = true
  const { clock, hold, warnings } = open((fences) => {
    if (down) throw new Error('down')
    return all(fences)
  })
  let lost = false
  await hold('a', 3000, () => (lost = true))
  await clock.advance(5000)
  expect(warnings).toHaveLength(5)
  down = false
  await clock.advance(5000)
  expect([lost, warnings.length]).toEqual([false, 5])
})

it('renews no more once it is stopped', async () => {
  const { clock, hold, keeper, asked } = open(all)
  await hold('a', 3000)
  await clock.advance(1000)
  keeper.stop()
  await clock.advance(5000)
  expect(asked).toHaveLength(1)
})

it('leaves the renewing to a backend that can do so elsewhere', async () => {
  const kept = new Map<string, () => void>()
  const keep = ({ id }: Fence, _leaseMs: number, lost: () => void) => {
    kept.set(id, lost)
    return () => kept.delete(id)
  }
  const { clock, hold, keeper, asked } = open(all, { keep })
  const lost: string[] = []
  const a = await hold('a', 30_000, () => lost.push('a'))
  await hold('b', 3000, () => lost.push('b'))
  await clock.advance(60_000)
  expect(asked).toHaveLength(0)
  keeper.drop(a)
  expect([...kept.keys()]).toEqual(['b'])
  kept.get('b')!()
  expect([lost, keeper.fences(), kept.size]).toEqual([['b'], [], 0])
})

it('goes on holding what a newer version of the workflow calls by another name', async () => {
  const { clock, hold } = open(() => all([{ ...fence('a'), queue: 'renamed' }]))
  const lost: string[] = []
  await hold('a', 3000, () => lost.push('a'))
  await clock.advance(10_000)
  expect(lost).toEqual([])
})

it('holds all that came with one answer of the database before work begins on any of it', async () => {
  const kept: string[] = []
  const answers: (() => void)[] = []
  const { keeper } = open(all, {
    keep: ({ id }) => {
      kept.push(id)
      return () => {}
    },
    lease: (_, { ids = [] }) => new Promise((resolve) => answers.push(() => resolve(ids.map(leased)))),
  })
  const seen: string[][] = []
  const working = ['a', 'b', 'c'].map(async (id) => {
    await keeper.lease('q', { ...request, ids: [id] })
    // A handler that computes from here on would not let what follows be held.
    seen.push([...kept])
  })
  for (const answer of answers) answer()
  await Promise.all(working)
  expect(seen).toEqual(Array.from({ length: 3 }, () => ['a', 'b', 'c']))
})

it('reports a lease that was lost before its holder listened', async () => {
  const lost: (() => void)[] = []
  const keep = (_: Fence, _leaseMs: number, lose: () => void) => {
    lost.push(lose)
    return () => {}
  }
  const { keeper } = open(all, { keep })
  const [held] = await keeper.lease('q', { ...request, ids: ['a'] })
  lost[0]!()
  expect(held!.isLost).toBe(true)
  let told = 0
  held!.onLost(() => told++)
  lost[0]!()
  expect([told, keeper.fences()]).toEqual([1, []])
})

const postponed = (id: string) => ({ kind: 'postpone', ...fence(id), delayMs: 0, charge: false })
const failing = async (): Promise<never> => {
  throw new BackendError('The answer was lost.')
}

it('gives back, uncharged and within a lease, what it was given in an answer that was lost', async () => {
  const strays = [fence('a')]
  const { clock, keeper, committed } = open(
    (held) => ({ held, strays: committed.length > 0 ? [] : strays }),
    { lease: failing },
  )
  await expect(keeper.lease('q', request)).rejects.toThrow('lost')
  await clock.advance(3000)
  expect(committed).toEqual([postponed('a')])
})

it('does not give back what an answer may still bring, nor what it has brought meanwhile', async () => {
  let answer: (leased: readonly Leased[]) => void = () => {}
  let requests = 0
  const lease = (): Promise<readonly Leased[]> =>
    requests++ === 0 ? failing() : new Promise((resolve) => (answer = resolve))
  const { clock, keeper, committed } = open((held) => ({ held, strays: [fence('slow')] }), { lease })
  await expect(keeper.lease('q', request)).rejects.toThrow('lost')
  const slow = keeper.lease('q', request)
  await clock.advance(10_000)
  expect(committed).toEqual([])
  answer([leased('slow')])
  await slow
  await clock.advance(10_000)
  expect(committed).toEqual([])
})

it('asks a backend that renews elsewhere for strays only after a request has failed, and not for ever', async () => {
  const { clock, hold, keeper, asked } = open(all, {
    keep: () => () => {},
    lease: async (_, { ids }) => (ids ? [leased('a')] : failing()),
  })
  await hold('a', 3000)
  await clock.advance(10_000)
  expect(asked).toHaveLength(0)
  await expect(keeper.lease('q', request)).rejects.toThrow('lost')
  await clock.advance(60_000)
  expect(asked.length).toBeGreaterThan(0)
  expect(asked.length).toBeLessThan(10)
})

it('renews again when a renewal is never answered', async () => {
  let answers = 0
  const { clock, hold, asked } = open((fences) => (++answers === 1 ? new Promise(() => {}) : all(fences)))
  let lost = false
  await hold('a', 3000, () => (lost = true))
  await clock.advance(4000)
  expect([asked.length, lost]).toEqual([4, false])
})

it('asks no more of a backend that was closed', async () => {
  const { clock, hold, asked, warnings } = open(() => {
    throw new BackendError('It is closed.', { isClosed: true })
  })
  await hold('a', 3000)
  await clock.advance(10_000)
  expect([asked.length, warnings]).toEqual([1, []])
})
