import assert from 'node:assert/strict'
import type { Fence } from '../../queue/change.ts'
import { fenceOf, leaseMs, postponing, refuses, someFault } from './fixture.ts'
import type { Test } from './suite.ts'

const bury = (held: Fence) => ({ kind: 'bury', error: someFault, ...fenceOf(held) }) as const
const revive = (id: string, queue = 'first') => ({ kind: 'revive', queue, id, actor: 'Ann' }) as const

/** A message that failed for good is kept, and comes back when an operator revives it. */
export function burying(test: Test): void {
  test('a dead message is kept with its error and never leased', async (fixture) => {
    await fixture.enter('a', { value: { page: 1 } })
    await fixture.backend.commit([bury(await fixture.leaseOne('first'))])
    const { status, error, value, owner } = await fixture.row('first', 'a')
    assert.deepEqual(
      { status, error, value, owner },
      { status: 'dead', error: someFault, value: { page: 1 }, owner: undefined },
    )
    await fixture.clock.advance(1_000 * leaseMs)
    assert.deepEqual(await fixture.leaseIds('first'), [])
    assert.deepEqual(await fixture.leaseIds('first', { ids: ['a'] }), [])
    assert.deepEqual(await fixture.counts('first'), { ready: 0, leased: 0, delayed: 0, dead: 1, waiting: 0 })
  })

  test('a revived message is ready at once, its failures and crashes forgotten', async (fixture) => {
    await fixture.enter('a')
    await fixture.backend.commit([postponing(await fixture.leaseOne('first'))])
    await fixture.crash('first')
    await fixture.crash('first', { alone: true })
    const held = await fixture.leaseOne('first')
    assert.deepEqual([held.attempts, held.crashes, held.suspect], [1, 1, true])
    await fixture.backend.commit([bury(held)])
    await fixture.backend.commit([revive('a')])
    const again = await fixture.leaseOne('first')
    assert.deepEqual([again.attempts, again.crashes, again.suspect, again.hop], [0, 0, false, 1])
    await refuses(fixture.backend.commit([bury(held)]), 'lease_lost')
  })

  test('the history says who buried and who revived', async (fixture) => {
    await fixture.enter('a')
    await fixture.backend.commit([{ ...bury(await fixture.leaseOne('first')), attempt: 3 }, revive('a')])
    const lines = (await fixture.backend.journey('shop', 'a'))?.lines ?? []
    const shown = lines.map(({ event, attempt, actor, error }) => ({ event, attempt, actor, error }))
    assert.deepEqual(shown.slice(1), [
      { event: 'buried', attempt: 3, actor: undefined, error: someFault },
      { event: 'revived', attempt: undefined, actor: 'Ann', error: undefined },
    ])
  })

  test('only what rests can be revived, and only what is there', async (fixture) => {
    await fixture.enter('ready')
    await refuses(fixture.backend.commit([revive('ready')]), 'conflict', { queue: 'first', id: 'ready' })
    await fixture.leaseOne('first')
    await refuses(fixture.backend.commit([revive('ready')]), 'conflict', { queue: 'first', id: 'ready' })
    await refuses(fixture.backend.commit([revive('missing')]), 'not_found', { queue: 'first', id: 'missing' })
  })

  test('a dead message stays the one of its id', async (fixture) => {
    await fixture.enter('a')
    await fixture.backend.commit([bury(await fixture.leaseOne('first'))])
    await refuses(fixture.enter('a'), 'conflict')
  })
}
