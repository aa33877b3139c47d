import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { postgres } from '../../../src/backends/postgres/postgres.ts'
import type { Backend } from '../../../src/queue/backend.ts'
import type { Fence } from '../../../src/queue/change.ts'
import { isPipewrightError } from '../../../src/queue/errors.ts'
import { modelGates } from '../../../src/testing/backend-model/model-gates.ts'
import { Random } from '../../../src/testing/backend-model/random.ts'
import { randomChanges } from '../../../src/testing/backend-model/random-changes.ts'
import { Version } from '../../../src/testing/backend-model/versions.ts'
import { workflow } from '../../../src/testing/backend-suite/fixture.ts'
import { makeDatabase } from '../../postgres/own-database.ts'

const { CHAOS, CHAOS_SEED } = process.env
const seed = Number(CHAOS_SEED ?? Date.now() % 2 ** 31)
const steps = CHAOS === 'long' ? 800 : 60
const atOnce = 4
const processes = 3

test(`whatever processes do at once, none waits for another in a circle, and none fails (seed ${seed})`, {
  timeout: 120_000 + 200 * steps,
}, async () => {
  const url = await makeDatabase()
  const random = new Random(seed)
  const queues = ['first', 'second', 'desk', 'done']
  const fences: Fence[] = []
  const ids = Array.from({ length: 12 }, (_, n) => `t${n}`)
  let made = 0
  const failures: unknown[] = []
  const bear = (error: unknown) => {
    if (!isPipewrightError(error) || error.code === 'backend') failures.push(error)
  }
  const fresh = () => `f${++made % 200}`
  const some = () => [random.pick(ids), fresh(), random.pick(ids)]
  const change = () =>
    randomChanges(random, { queues, ids: some(), fresh, fences, revs: [1, 2], seqs: [1, 2, 3] })

  async function act(backend: Backend): Promise<void> {
    const queue = random.pick(queues)
    const what = random.below(20)
    if (what < 8) await backend.commit(change())
    else if (what < 11) await backend.commit(Array.from({ length: 15 }, change).flat())
    else if (what < 16) {
      const by = random.pick([{}, { key: 'x' }, { ids: some() }])
      const term = { owner: 'ann', leaseMs: random.pick([5, 1000]), timeoutMs: 2000 }
      const leased = await backend.lease(queue, { ...term, limit: 1 + random.below(5), ...by })
      for (const { id, hop, lease } of leased) fences.push({ queue, id, hop, lease })
    } else if (what < 17) await backend.extend('ann', fences.slice(-10))
    else if (what < 18 && fences.length > 0)
      await backend.pass(random.pick(fences.slice(-10)), { gate: random.pick(['press', 'room']), units: 1 })
    else if (what < 19) {
      const turn = random.pick([
        { limit: 2 },
        { limit: null },
        { closed: true },
        { closed: false },
        { closed: false },
      ])
      await backend.commit([{ kind: 'gate', name: random.pick(['press', 'room', ...queues]), ...turn }])
    } else await backend.count()
  }

  await Promise.all(
    Array.from({ length: processes }, async () => {
      const backend = await postgres(url)
      onTestFinished(() => backend.close())
      await backend.declare({ workflow, fingerprint: 'v1', queues: new Version().specs, gates: modelGates })
      await Promise.all(
        Array.from({ length: atOnce }, async () => {
          for (let step = 0; step < steps; step++) await act(backend).catch(bear)
        }),
      )
    }),
  )
  const client = new pg.Client(url)
  await client.connect()
  onTestFinished(() => client.end())
  expect(failures).toEqual([])
  const { rows } = await client.query(
    'select deadlocks::integer as n from pg_stat_database where datname = current_database()',
  )
  expect(rows).toEqual([{ n: 0 }])
  expect(fences.length, 'something was leased').toBeGreaterThan(0)
})
