import assert from 'node:assert/strict'
import { statuses } from '../../queue/status.ts'
import { type Fixture, leaseMs, popping, postponing, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

/** A lease or a delay that has ended by itself is over for all readers, also before the next lease call. */
export function lapsing(test: Test): void {
  test('a lease that has ended holds nothing in rows, lists, counts and filters', async (fixture) => {
    const { backend, clock } = fixture
    for (const queue of ['first', 'desk']) {
      await fixture.enter(`in ${queue}`, { queue })
      const { hop, lease } = await fixture.leaseOne(queue)
      await backend.commit([
        { kind: 'remember', queue, id: `in ${queue}`, hop, lease, progress: { fraction: 0.5 } },
      ])
      await clock.advance(leaseMs - 1)
      assert.deepEqual(await shownIn(fixture, queue), { ...none, leased: 1 })
      assert.equal((await fixture.row(queue, `in ${queue}`)).owner, 'worker')
      await clock.advance(1)
      assert.deepEqual(await shownIn(fixture, queue), { ...none, ready: 1 })
      const journey = await backend.journey(workflow, `in ${queue}`)
      for (const row of [await fixture.row(queue, `in ${queue}`), journey!.row!]) {
        const { status, owner, progress } = row
        assert.deepEqual(
          { status, owner, progress },
          { status: 'ready', owner: undefined, progress: undefined },
        )
      }
    }
  })

  test('of a lease that has ended one sees whether its fence still holds', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    await fixture.clock.advance(leaseMs)
    const { leaseLeftMs } = await fixture.row('first', 'a')
    // A backend may make it ready at once, or leave that to the next lease.
    assert.ok(leaseLeftMs === 0 || leaseLeftMs === undefined)
    const answer = await fixture.backend.commit([popping(held)]).then(
      () => 'recorded',
      (error) => error.code,
    )
    assert.equal(answer, leaseLeftMs === 0 ? 'recorded' : 'lease_lost')
  })

  test('what is due is ready for those who look, also in a queue that is paused', async (fixture) => {
    await fixture.pause('first', true)
    await fixture.enter('a', { delayMs: 500 })
    assert.deepEqual(await shownIn(fixture, 'first'), { ...none, delayed: 1 })
    await fixture.clock.advance(500)
    assert.deepEqual(await shownIn(fixture, 'first'), { ...none, ready: 1 })
    await fixture.pause('first', false)
    await fixture.backend.commit([postponing(await fixture.leaseOne('first'), { delayMs: 500 })])
    assert.deepEqual(await shownIn(fixture, 'first'), { ...none, delayed: 1 })
  })
}

const none = { ready: 0, leased: 0, delayed: 0, dead: 0, waiting: 0 }

/** How many rows of each status `queue` has, by which count, list and filter agree. */
async function shownIn(fixture: Fixture, queue: string) {
  const counts = await fixture.counts(queue)
  const { rows } = await fixture.backend.list(queue)
  for (const status of statuses) {
    const filtered = await fixture.backend.list(queue, { only: { status } })
    assert.equal(filtered.rows.length, counts[status], `the rows that are ${status}`)
    assert.equal(rows.filter((row) => row.status === status).length, counts[status])
    for (const row of filtered.rows) assert.equal(row.status, status)
  }
  return counts
}
