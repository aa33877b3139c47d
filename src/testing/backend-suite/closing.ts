import assert from 'node:assert/strict'
import { entering, refuses, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

/** The end of a backend. */
export function closing(test: Test): void {
  test('every request after the end is refused', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a')
    await backend.close()
    await refuses(fixture.declare(), 'backend')
    await refuses(fixture.lease('first'), 'backend')
    await refuses(backend.extend('worker', []), 'backend')
    await refuses(backend.deploys(workflow), 'backend')
    await refuses(backend.get('first', 'a'), 'backend')
    await refuses(backend.list('first'), 'backend')
    await refuses(backend.count(), 'backend')
    await refuses(backend.commit([entering('b')]), 'backend')
    await refuses(backend.journey(workflow, 'a'), 'backend')
    await refuses(backend.gates(), 'backend')
  })

  test('what was asked for before is finished', async (fixture) => {
    const pushes = ['a', 'b', 'c'].map((id) => fixture.enter(id))
    await Promise.all([fixture.backend.close(), ...pushes])
  })

  test('closing twice is closing once, and no listener is called afterwards', async (fixture) => {
    let calls = 0
    const stop = fixture.backend.watch(() => calls++)
    await fixture.enter('a', { delayMs: 1_000 })
    await Promise.all([fixture.backend.close(), fixture.backend.close()])
    await fixture.backend.close()
    calls = 0
    await fixture.clock.advance(10_000)
    assert.equal(calls, 0)
    stop()
  })

  test('a listener is called at the end, and its next request finds the backend closed', async (fixture) => {
    const { backend } = fixture
    let isClosing = false
    const refused: Promise<void>[] = []
    backend.watch((queue) => {
      if (isClosing && queue === undefined) refused.push(refuses(backend.count(), 'backend'))
    })
    isClosing = true
    await backend.close()
    assert.notEqual(refused.length, 0)
    await Promise.all(refused)
  })

  test('a watch on a closed backend calls no listener, and sets no timer', async (fixture) => {
    await fixture.enter('a', { delayMs: 1_000 })
    await fixture.backend.close()
    const { waiting } = fixture.clock
    let calls = 0
    const stop = fixture.backend.watch(() => calls++)
    assert.equal(fixture.clock.waiting, waiting)
    await fixture.clock.advance(10_000)
    assert.equal(calls, 0)
    stop()
  })
}
