import assert from 'node:assert/strict'
import { leaseMs, moving } from './fixture.ts'
import type { Test } from './suite.ts'

/** A paused queue takes in and gives nothing out. */
export function pausing(test: Test): void {
  test('a paused queue leases nothing, and goes on where it was', async (fixture) => {
    await fixture.enter('a')
    await fixture.pause('first', true)
    await fixture.enter('b')
    assert.deepEqual(await fixture.leaseIds('first'), [])
    assert.deepEqual(await fixture.leaseIds('first', { ids: ['a'] }), [])
    await fixture.pause('first', false)
    assert.deepEqual(await fixture.leaseIds('first'), ['a', 'b'])
  })

  test('only the paused queue is paused, and the counts say so', async (fixture) => {
    await fixture.enter('a', { queue: 'second' })
    await fixture.pause('first', true)
    assert.deepEqual(await fixture.leaseIds('second'), ['a'])
    const paused = (await fixture.backend.count()).filter(({ paused }) => paused).map(({ queue }) => queue)
    assert.deepEqual(paused, ['first'])
  })

  test('what is leased already is extended and answered', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    await fixture.pause('first', true)
    await fixture.clock.advance(leaseMs - 1)
    assert.deepEqual(await fixture.extend([held]), ['a'])
    await fixture.backend.commit(moving(held, 'second'))
    assert.deepEqual(await fixture.leaseIds('second'), ['a'])
  })

  test('a lease that has run out stays as it is, and can be answered', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    await fixture.pause('first', true)
    await fixture.clock.advance(leaseMs)
    assert.deepEqual(await fixture.leaseIds('first'), [])
    assert.equal((await fixture.row('first', 'a')).leaseLeftMs, 0)
    await fixture.backend.commit(moving(held, 'second'))
    assert.deepEqual(await fixture.leaseIds('second'), ['a'])
  })

  test('pausing twice and going on twice are as once; declaring again changes neither', async (fixture) => {
    await fixture.enter('a')
    for (const paused of [true, true]) await fixture.pause('first', paused)
    await fixture.declare()
    assert.deepEqual(await fixture.leaseIds('first'), [])
    for (const paused of [false, false]) await fixture.pause('first', paused)
    await fixture.declare()
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
  })
}
