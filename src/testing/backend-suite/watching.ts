import assert from 'node:assert/strict'
import type { Fixture } from './fixture.ts'
import { leaseMs, moving, postponing, refuses, until } from './fixture.ts'
import type { Test } from './suite.ts'

/** Listeners are called when something may have become visible. */
export function watching(test: Test): void {
  test('a push calls listeners, and may be leased by then', async (fixture) => {
    await notifies(fixture, 'first', () => fixture.enter('a'))
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
  })

  test('a hop calls listeners with the queue where the token arrives', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    await notifies(fixture, 'second', () => fixture.backend.commit(moving(held, 'second')))
  })

  test('a release, a revival and the end of a pause call listeners', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    await notifies(fixture, 'first', () => fixture.backend.commit([postponing(held)]))
    const again = await fixture.leaseOne('first')
    const { hop, lease } = again
    await fixture.backend.commit([{ kind: 'bury', queue: 'first', id: 'a', hop, lease }])
    const revive = { kind: 'revive', queue: 'first', id: 'a' } as const
    await notifies(fixture, 'first', () => fixture.backend.commit([revive]))
    await fixture.pause('first', true)
    await notifies(fixture, 'first', () => fixture.pause('first', false))
  })

  test('a delayed message calls listeners when it is due', async (fixture) => {
    const stop = fixture.backend.watch(() => {})
    await fixture.enter('a', { delayMs: 5_000 })
    await notifies(fixture, 'first', () => fixture.clock.advance(5_000))
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
    stop()
  })

  test('a listener that was there before a message is postponed is called when it is due', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    let isCalled = false
    const stop = fixture.backend.watch(() => {
      isCalled = true
    })
    await fixture.backend.commit([postponing(held, { delayMs: 500 })])
    isCalled = false
    await fixture.clock.advance(500)
    await until(() => isCalled, 'the listener is called for the message')
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
    stop()
  })

  test('a listener whose lease brings nothing is called when something is due', async (fixture) => {
    await fixture.enter('a')
    await fixture.leaseOne('first')
    await fixture.enter('b', { delayMs: leaseMs + 500 })
    let isCalled = false
    const stop = fixture.backend.watch(() => {
      isCalled = true
    })
    await fixture.clock.advance(leaseMs)
    await until(() => isCalled, 'the listener is called for the lease that has run out')
    assert.deepEqual(await fixture.leaseIds('first', { suspects: 'exclude' }), [])
    isCalled = false
    await fixture.clock.advance(500)
    await until(() => isCalled, 'the listener is called for the message')
    stop()
  })

  test('a lease that runs out calls listeners', async (fixture) => {
    await fixture.enter('a')
    await fixture.leaseOne('first')
    await notifies(fixture, 'first', () => fixture.clock.advance(leaseMs))
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
  })

  test('a listener that was there before a lease is called when that runs out', async (fixture) => {
    let isCalled = false
    const stop = fixture.backend.watch(() => {
      isCalled = true
    })
    await fixture.enter('a')
    await fixture.leaseOne('first')
    isCalled = false
    await fixture.clock.advance(leaseMs)
    await until(() => isCalled, 'the listener is called for the lease')
    stop()
  })

  test('every listener is called, until it stops watching', async (fixture) => {
    let early = 0
    let late = 0
    const stopEarly = fixture.backend.watch(() => early++)
    const stopLate = fixture.backend.watch(() => late++)
    await fixture.enter('a')
    await until(() => early > 0 && late > 0, 'both listeners are called for the first push')
    stopEarly()
    stopEarly()
    const calls = early
    late = 0
    await fixture.enter('b')
    await until(() => late > 0, 'the listener that is left is called for the second push')
    assert.equal(early, calls)
    stopLate()
  })

  test('one listener given twice is two watchers', async (fixture) => {
    let calls = 0
    const listener = () => void calls++
    const stop = fixture.backend.watch(listener)
    const stopOther = fixture.backend.watch(listener)
    stop()
    await fixture.enter('a')
    await until(() => calls > 0, 'the second watcher is called')
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

  test('a refused commit changes nothing for watchers: if one is called, there is nothing to lease', async (fixture) => {
    const stop = fixture.backend.watch(() => {})
    await fixture.enter('a')
    await refuses(fixture.enter('a', { queue: 'second' }), 'conflict')
    assert.deepEqual(await fixture.leaseIds('second'), [])
    stop()
  })
}

/** Asserts that a watcher is called, for `queue` or for any, because of `act`. */
async function notifies({ backend }: Fixture, queue: string, act: () => Promise<unknown>): Promise<void> {
  let isCalled = false
  const stop = backend.watch((name) => {
    if (name === undefined || name === queue) isCalled = true
  })
  try {
    await act()
    await until(() => isCalled, `a listener is called for "${queue}"`)
  } finally {
    stop()
  }
}
