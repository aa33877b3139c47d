import assert from 'node:assert/strict'
import type { Fixture } from './fixture.ts'
import { leaseMs, moving, postponing, refuses, until } from './fixture.ts'
import type { Test } from './suite.ts'

/** Whoever watches hears when something may have become visible. */
export function watching(test: Test): void {
  test('a push is heard, and may be leased by then', async (fixture) => {
    await hears(fixture, 'first', () => fixture.enter('a'))
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
  })

  test('a hop is heard where the token arrives', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    await hears(fixture, 'second', () => fixture.backend.commit(moving(held, 'second')))
  })

  test('a release, a revival and the end of a pause are heard', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    await hears(fixture, 'first', () => fixture.backend.commit([postponing(held)]))
    const again = await fixture.leaseOne('first')
    const { hop, lease } = again
    await fixture.backend.commit([{ kind: 'bury', queue: 'first', id: 'a', hop, lease }])
    const revive = { kind: 'revive', queue: 'first', id: 'a' } as const
    await hears(fixture, 'first', () => fixture.backend.commit([revive]))
    await fixture.backend.pause('first', true)
    await hears(fixture, 'first', () => fixture.backend.pause('first', false))
  })

  test('the time of a delayed message is heard when it comes', async (fixture) => {
    const stop = fixture.backend.watch(() => {})
    await fixture.enter('a', { delayMs: 5_000 })
    await hears(fixture, 'first', () => fixture.clock.advance(5_000))
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
    stop()
  })

  test('a lease that runs out is heard', async (fixture) => {
    await fixture.enter('a')
    await fixture.leaseOne('first')
    await hears(fixture, 'first', () => fixture.clock.advance(leaseMs))
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
  })

  test('whoever watches already hears of a lease given since that runs out', async (fixture) => {
    let hasHeard = false
    const stop = fixture.backend.watch(() => {
      hasHeard = true
    })
    await fixture.enter('a')
    await fixture.leaseOne('first')
    hasHeard = false
    await fixture.clock.advance(leaseMs)
    await until(() => hasHeard, 'the watcher hears of the lease')
    stop()
  })

  test('everybody hears, until they stop watching', async (fixture) => {
    let early = 0
    let late = 0
    const stopEarly = fixture.backend.watch(() => early++)
    const stopLate = fixture.backend.watch(() => late++)
    await fixture.enter('a')
    await until(() => early > 0 && late > 0, 'both watchers hear the first push')
    stopEarly()
    stopEarly()
    const heard = early
    late = 0
    await fixture.enter('b')
    await until(() => late > 0, 'the watcher that is left hears the second push')
    assert.equal(early, heard)
    stopLate()
  })

  test('one listener given twice is two watchers', async (fixture) => {
    let heard = 0
    const listener = () => void heard++
    const stop = fixture.backend.watch(listener)
    const stopOther = fixture.backend.watch(listener)
    stop()
    await fixture.enter('a')
    await until(() => heard > 0, 'the second watcher hears')
    stopOther()
  })

  test('a watcher may lease and commit from within its call', async (fixture) => {
    const leased: string[] = []
    const stop = fixture.backend.watch(() => {
      void fixture.leaseIds('first').then((ids) => leased.push(...ids))
    })
    await fixture.enter('a')
    await until(() => leased.includes('a'), 'the watcher leases what was pushed')
    stop()
  })

  test('a refused commit changes nothing for watchers: what they hear of leads to nothing', async (fixture) => {
    const stop = fixture.backend.watch(() => {})
    await fixture.enter('a')
    await refuses(fixture.enter('a', { queue: 'second' }), 'conflict')
    assert.deepEqual(await fixture.leaseIds('second'), [])
    stop()
  })
}

/** Asserts that a watcher is called, for `queue` or for any, because of `act`. */
async function hears({ backend }: Fixture, queue: string, act: () => Promise<void>): Promise<void> {
  let hasHeard = false
  const stop = backend.watch((name) => {
    if (name === undefined || name === queue) hasHeard = true
  })
  try {
    await act()
    await until(() => hasHeard, `a watcher hears of "${queue}"`)
  } finally {
    stop()
  }
}
