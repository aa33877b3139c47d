import { expect, onTestFinished, test } from 'vitest'
import type { Backend } from '../../../src/queue/backend.ts'
import type { Change } from '../../../src/queue/change.ts'
import { takeSchema } from '../../postgres/schemas.ts'
import { watchedPool } from '../../postgres/watched-pool.ts'

const queue = 'shop/main'
const limit = { name: queue, role: 'stage', behind: [{ gate: 'each', per: 'key' }] } as const
const declaring = { workflow: 'shop', fingerprint: '', gates: [{ name: 'each', limit: 2 }] }
const asking = { owner: 'ann', leaseMs: 30_000, timeoutMs: 60_000, limit: 20 }

interface Counted {
  readonly backend: Backend
  /** How many statements there were since it was asked last. */
  readonly statements: () => number
  /** How many times something was sent while nothing was on its way in that connection. */
  readonly roundTrips: () => number
}

/** A backend over a pool whose statements are counted. */
async function openCounted({ pipeline = false } = {}): Promise<Counted> {
  let count = 0
  let trips = 0
  const underWay = new WeakMap<object, number>()
  const pool = watchedPool({ max: 3, pipeline }, (_, answer, client) => {
    const others = underWay.get(client) ?? 0
    count++
    if (others === 0) trips++
    underWay.set(client, others + 1)
    const ended = () => underWay.set(client, underWay.get(client)! - 1)
    answer.then(ended, ended)
  })
  const schema = takeSchema()
  const backend = await schema.open({ pool })
  onTestFinished(async () => {
    await backend.close()
    await pool.end()
    await schema.free()
  })
  await backend.declare({ ...declaring, queues: [limit] })
  return {
    backend,
    statements() {
      const seen = count
      count = 0
      return seen
    },
    roundTrips() {
      const seen = trips
      trips = 0
      return seen
    },
  }
}

function pushes(from: number, count: number, keys: number): Change[] {
  return Array.from({ length: count }, (_, i): Change => {
    const token = { id: `t${from + i}`, hop: 0, frames: [], priority: 0, deploy: 1 }
    return {
      ...{ kind: 'push', queue, token, value: i, enter: 'refuse', delayMs: 0 },
      key: `k${(from + i) % keys}`,
    }
  })
}

test('a commit of a thousand messages of fifty keys takes as many statements as one of fifty', async () => {
  const { backend, statements } = await openCounted()
  await backend.commit(pushes(0, 1, 50))
  statements()
  await backend.commit(pushes(1, 50, 50))
  const few = statements()
  await backend.commit(pushes(100, 1000, 50))
  expect(few).toBeLessThan(16)
  expect(statements()).toBeLessThanOrEqual(few)
})

test('what is written beside it, such as meters, does not make a commit ask for one message after the other', async () => {
  const { backend, statements } = await openCounted()
  await backend.commit(pushes(0, 100, 5))
  statements()
  // These wait for the same turn: each lease behind gates has statements of its own.
  const leases = [backend.lease(queue, asking), backend.lease(queue, asking)]
  const commits = [backend.commit(pushes(200, 500, 5)), backend.commit(pushes(800, 500, 5))]
  await Promise.all([...leases, ...commits])
  expect(statements()).toBeLessThan(60)
})

test('to lease twenty messages of twenty keys, each with a limit, and to answer them, takes few statements', async () => {
  const { backend, statements } = await openCounted()
  await backend.commit(pushes(0, 400, 20))
  const leased = await backend.lease(queue, asking)
  expect(leased).toHaveLength(20)
  statements()
  expect(await backend.lease(queue, asking)).toHaveLength(20)
  // That of its meters is another transaction.
  expect(statements()).toBeLessThan(20)
  // All are at their limit.
  expect(await backend.lease(queue, asking)).toHaveLength(0)
  expect(statements()).toBeLessThan(24)
  await backend.commit(
    leased.map(({ id, hop, lease }): Change => ({ kind: 'pop', event: 'moved', queue, id, hop, lease })),
  )
  expect(statements()).toBeLessThan(16)
})

test('what a transaction reads travels with its BEGIN, and what it writes with its COMMIT', async () => {
  const { backend, roundTrips } = await openCounted({ pipeline: true })
  // Gates and lanes are made, and statements prepared.
  await backend.commit(pushes(0, 400, 20))
  const before = await backend.lease(queue, asking)
  await answer(backend, before)
  roundTrips()
  await backend.commit(pushes(500, 10, 20))
  expect(roundTrips()).toBe(2)
  const leased = await backend.lease(queue, asking)
  expect(leased).toHaveLength(20)
  // By one it was found that the rules have to look for suspects.
  expect(roundTrips()).toBe(1 + 4)
  await answer(backend, leased)
  expect(roundTrips()).toBe(3)
})

const [first, last] = ['shop/first', 'shop/last']

/** The queue with a limit between two others. */
async function openStages(): Promise<Counted> {
  const counted = await openCounted({ pipeline: true })
  const stages = [{ name: first, role: 'stage' }, limit, { name: last, role: 'stage' }] as const
  await counted.backend.declare({ ...declaring, queues: stages })
  return counted
}

test('twenty hops, and the leases beside them, are one round trip, and so are twenty tokens that enter', async () => {
  const { backend, roundTrips } = await openStages()
  const asked = { ...asking, suspects: 'exclude' } as const
  await backend.commit(
    pushes(0, 60, 1).map((push): Change => ({ ...push, queue: first, key: undefined }) as Change),
  )
  let came = await backend.lease(first, asked)
  roundTrips()
  const more = pushes(100, 20, 1).map((push) =>
    backend.commit([{ ...push, queue: first, key: undefined } as Change]),
  )
  await Promise.all(more)
  expect(roundTrips()).toBe(1)
  for (let turn = 0; turn < 2; turn++) {
    const hops = came.map((each) => backend.commit(hop(each, first, last)))
    const [next, moved] = await Promise.all([
      backend.lease(first, asked),
      backend.lease(last, asked),
      ...hops,
    ])
    expect([next.length, moved.length, roundTrips()]).toEqual([20, 20, 1])
    came = next
  }
})

test('a lease of messages with keys behind a limit is one round trip, and twenty hops to there, or away, together are one', async () => {
  const { backend, roundTrips } = await openStages()
  const worker = { ...asking, suspects: 'exclude' } as const
  const through = async () => {
    const seen: number[] = []
    const count = async <T>(work: Promise<T>) => {
      const done = await work
      seen.push(roundTrips())
      return done
    }
    const came = await backend.lease(first, worker)
    roundTrips()
    await count(Promise.all(came.map((each, i) => backend.commit(hop(each, first, queue, `k${i % 10}`)))))
    const passed = await count(backend.lease(queue, worker))
    expect(passed).toHaveLength(20)
    await count(Promise.all(passed.map((each) => backend.commit(hop(each, queue, last)))))
    return seen
  }
  await backend.commit(
    pushes(0, 40, 10).map((push): Change => ({ ...push, queue: first, key: undefined }) as Change),
  )
  // Gates and lanes are made, and statements prepared.
  await through()
  expect(await through()).toEqual([1, 1, 1])
})

interface Held {
  readonly id: string
  readonly hop: number
  readonly lease: number
}

function hop({ id, hop, lease }: Held, from: string, to: string, key?: string): readonly Change[] {
  const token = { id, hop: hop + 1, frames: [], priority: 0, deploy: 1 }
  return [
    { kind: 'pop', event: 'moved', queue: from, id, hop, lease },
    { kind: 'push', queue: to, token, value: { id }, ...(key !== undefined && { key }) },
  ]
}

const answer = (backend: Backend, leased: readonly Held[]) =>
  backend.commit(
    leased.map(({ id, hop, lease }): Change => ({ kind: 'pop', event: 'moved', queue, id, hop, lease })),
  )
