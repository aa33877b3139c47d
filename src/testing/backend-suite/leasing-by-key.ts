import assert from 'node:assert/strict'
import { leaseMs, popping, postponing, refuses } from './fixture.ts'
import { enter, perKey } from './lanes.ts'
import type { Test } from './suite.ts'

/** A lease of one key gets the messages of its lane alone, behind the same gates and for its turn. */
export function leasingByKey(test: Test): void {
  test('a lease of one key gets its messages alone, the best priority first', async (fixture) => {
    for (const id of ['b1', 'a1', '-1', 'a2', 'a3']) await enter(fixture, id)
    await enter(fixture, 'a0', { priority: -1 })
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a', limit: 3 }), ['a0', 'a1', 'a2'])
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a' }), ['a3'])
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a' }), [])
    assert.deepEqual(await fixture.leaseIds('first', { key: 'c' }), [])
    assert.deepEqual([...(await fixture.leaseIds('first'))].sort(), ['-1', 'b1'])
    await enter(fixture, 'a4')
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a' }), ['a4'])
  })

  test('it is the turn of that key, which then goes to the end of the line', async (fixture) => {
    for (const id of ['a1', 'a2', 'b1', 'b2']) await enter(fixture, id)
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a', limit: 1 }), ['a1'])
    const served: string[] = []
    for (let n = 0; n < 3; n++) served.push(...(await fixture.leaseIds('first', { limit: 1 })))
    assert.deepEqual(served, ['b1', 'a2', 'b2'])
  })

  test('of a queue whose messages have no keys it finds nothing', async (fixture) => {
    await enter(fixture, '-1')
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a' }), [])
    assert.deepEqual(await fixture.leaseIds('first'), ['-1'])
  })

  test('what is due and what has expired is ready for it', async (fixture) => {
    await enter(fixture, 'a1')
    await enter(fixture, 'a2', { delayMs: leaseMs })
    await fixture.leaseOne('first', { key: 'a' })
    await fixture.clock.advance(leaseMs)
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a', suspects: 'exclude', limit: 0 }), [])
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a', suspects: 'only' }), ['a1'])
    await fixture.crash('first')
    await enter(fixture, 'b1')
    await fixture.crash('first')
    assert.deepEqual(await fixture.leaseIds('first', { key: 'b', suspects: 'exclude' }), [])
    assert.deepEqual(await fixture.leaseIds('first', { key: 'b' }), ['b1'])
  })

  test('suspects of a key come after its other messages, and not those of others', async (fixture) => {
    for (const id of ['a1', 'b1']) {
      await enter(fixture, id)
      await fixture.crash('first')
    }
    await enter(fixture, 'a2')
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a' }), ['a2', 'a1'])
    assert.deepEqual(await fixture.leaseIds('first', { key: 'b', suspects: 'only' }), ['b1'])
  })

  test('with ids, or a filter, all of it has to fit', async (fixture) => {
    for (const id of ['a1', 'b1', 'a2', 'a3']) await enter(fixture, id)
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a', ids: ['b1', 'a2'] }), ['a2'])
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a', only: { idPart: '3' }, limit: 1 }), ['a3'])
    assert.deepEqual(await fixture.leaseIds('first', { key: 'b', only: { idPart: 'a' } }), [])
    assert.deepEqual([...(await fixture.leaseIds('first'))].sort(), ['a1', 'b1'])
  })

  test('the gate of its key stops it, and that of another does not', async (fixture) => {
    await fixture.declare(perKey, 'v2', [{ name: 'each', limit: 1 }])
    for (const id of ['a1', 'a2', 'b1']) await enter(fixture, id)
    const [a1] = await fixture.lease('first', { key: 'a', limit: 5 })
    assert.equal(a1?.id, 'a1')
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a' }), [])
    assert.deepEqual(await fixture.leaseIds('first', { key: 'b' }), ['b1'])
    await fixture.backend.commit([popping({ ...a1!, queue: 'first' })])
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a' }), ['a2'])
  })

  test('a key at whose gate a lease in turns has stopped can be leased from when that lets it pass', async (fixture) => {
    await fixture.declare(perKey, 'v2', [{ name: 'each', limit: 1 }])
    for (const id of ['a1', 'a2', 'a3']) await enter(fixture, id)
    const [a1] = await fixture.lease('first', { limit: 5 })
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await fixture.backend.commit([popping({ ...a1!, queue: 'first' })])
    const [a2] = await fixture.lease('first', { key: 'a', limit: 5 })
    assert.equal(a2?.id, 'a2')
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await fixture.backend.commit([popping({ ...a2!, queue: 'first' })])
    assert.deepEqual(await fixture.leaseIds('first'), ['a3'])
  })

  test('the gate of the queue counts for it, and is counted by it', async (fixture) => {
    for (const id of ['a1', 'a2', 'b1']) await enter(fixture, id)
    await fixture.backend.commit([{ kind: 'gate', name: 'first', limit: 2 }])
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a', limit: 1 }), ['a1'])
    assert.deepEqual(await fixture.leaseIds('first', { limit: 1 }), ['b1'])
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a' }), [])
    await fixture.pause('first', true)
    await fixture.backend.commit([{ kind: 'gate', name: 'first', limit: null }])
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a' }), [])
    await fixture.pause('first', false)
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a' }), ['a2'])
  })

  test('what holds its units goes on behind what does not fit', async (fixture) => {
    const behind = [{ gate: 'room', until: 'leave' }] as const
    await fixture.declare([{ ...perKey[0]!, behind }, ...perKey.slice(1)], 'v2', [{ name: 'room', limit: 1 }])
    await enter(fixture, 'a1')
    const held = await fixture.leaseOne('first', { key: 'a' })
    for (const id of ['a2', 'b2']) await enter(fixture, id, { priority: -1 })
    await fixture.backend.commit([postponing(held)])
    assert.deepEqual(await fixture.leaseIds('first', { key: 'b' }), [])
    assert.deepEqual(await fixture.leaseIds('first', { key: 'a', limit: 1 }), ['a1'])
  })

  test('a key that no message can have is refused', async (fixture) => {
    for (const key of ['', '\0', 'x'.repeat(501), 5 as never])
      await refuses(fixture.lease('first', { key }), 'invalid')
  })
}
