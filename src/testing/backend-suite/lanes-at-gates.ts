import assert from 'node:assert/strict'
import type { QueueSpec } from '../../queue/declaration.ts'
import { leaseMs, popping, postponing } from './fixture.ts'
import { enter, keysOf, perKey } from './lanes.ts'
import type { Test } from './suite.ts'

/** A lane waits at a gate for its first message, and only as long as that one does not fit. */
export function lanesAtGates(test: Test): void {
  test('a message that does not fit at a gate of all keys stops the lease for the keys after it', async (fixture) => {
    await fixture.declare([{ ...perKey[0]!, behind: [{ gate: 'room' }] }, ...perKey.slice(1)], 'v2', [
      { name: 'room', limit: 10 },
    ])
    await enter(fixture, 'a1', { tolls: { room: 5 } })
    const a1 = await fixture.leaseOne('first')
    await enter(fixture, 'b1', { tolls: { room: 6 } })
    await enter(fixture, 'c1')
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await fixture.backend.commit([popping(a1)])
    assert.deepEqual(await fixture.leaseIds('first'), ['b1', 'c1'])
  })

  test('a key waits only as long as its first message does not fit', async (fixture) => {
    await fixture.declare(perKey, 'v2', [{ name: 'each', limit: 3 }])
    for (const id of ['a1', 'a2']) await enter(fixture, id, { tolls: { each: 2 } })
    await enter(fixture, 'a3')
    assert.deepEqual(await fixture.leaseIds('first'), ['a1'])
    assert.deepEqual(await fixture.leaseIds('first', { ids: ['a2', 'a3'], limit: 2 }), [])
    await enter(fixture, 'a4', { priority: -1 })
    const a4 = await fixture.leaseOne('first')
    assert.equal(a4.id, 'a4', 'one that is better comes')
    await fixture.backend.commit([popping(a4)])
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await fixture.backend.commit([{ kind: 'take', queue: 'first', id: 'a2', event: 'cancelled' }])
    assert.deepEqual(await fixture.leaseIds('first'), ['a3'], 'the first one leaves')
  })

  test('what holds its units at the gate of its key comes again, however that fills the gate for others', async (fixture) => {
    const behind = [{ gate: 'each', per: 'key', until: 'leave' }] as const
    await fixture.declare([{ ...perKey[0]!, behind }, ...perKey.slice(1)], 'v2', [{ name: 'each', limit: 1 }])
    for (const id of ['a1', 'a2']) await enter(fixture, id)
    const next = async (request?: object) => {
      const held = await fixture.leaseOne('first', request)
      assert.deepEqual([held.id, await fixture.leaseIds('first')], ['a1', []])
      return held
    }
    await fixture.backend.commit([postponing(await next())])
    await fixture.backend.commit([postponing(await next(), { delayMs: 500 })])
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await fixture.clock.advance(500)
    await next({ timeoutMs: 300 })
    await fixture.clock.advance(300)
    await next()
    await fixture.clock.advance(leaseMs)
    assert.deepEqual(await fixture.leaseIds('first', { suspects: 'exclude' }), [])
    assert.deepEqual(await fixture.leaseIds('first', { suspects: 'only' }), ['a1'])
  })

  test('a suspect that does not fit at the gate of its key keeps no others back', async (fixture) => {
    await fixture.declare(perKey, 'v2', [{ name: 'each', limit: 3 }])
    await enter(fixture, 'a1', { tolls: { each: 2 } })
    await fixture.crash('first')
    for (const id of ['a2', 'b1']) await enter(fixture, id, { tolls: { each: 2 } })
    assert.deepEqual(keysOf(await fixture.leaseIds('first', { suspects: 'exclude' })), ['a', 'b'])
    assert.deepEqual(await fixture.leaseIds('first', { suspects: 'only' }), [])
    await enter(fixture, 'a3')
    assert.deepEqual(await fixture.leaseIds('first', { suspects: 'exclude' }), ['a3'])
  })

  test('what is due is leased together with what gives units back as its lease expires', async (fixture) => {
    await fixture.declare(perKey, 'v2', [{ name: 'each', limit: 1 }])
    await enter(fixture, 'a1', { delayMs: leaseMs })
    await enter(fixture, 'b1')
    await fixture.crash('first')
    assert.deepEqual(await fixture.leaseIds('first'), ['a1', 'b1'])
  })

  test('a lease by ids passes over those whose key is full', async (fixture) => {
    await fixture.declare(perKey, 'v2', [{ name: 'each', limit: 1 }])
    for (const id of ['a1', 'a2', 'b1']) await enter(fixture, id)
    assert.deepEqual(await fixture.leaseIds('first', { limit: 1 }), ['a1'])
    assert.deepEqual(await fixture.leaseIds('first', { ids: ['a2', 'b1'], limit: 1 }), ['b1'])
  })

  test('the first key of a queue puts no better message behind it that came in the same turn', async (fixture) => {
    await Promise.all([fixture.enter('late', { priority: -5 }), enter(fixture, 'b1', { priority: -1 })])
    assert.deepEqual(await fixture.leaseIds('first', { limit: 1 }), ['late'])
  })

  test('what waits at the gate of its key is leased once a version has that gate no more, or another', async (fixture) => {
    const [first, ...others] = perKey
    for (const [version, behind] of [
      ['without', undefined],
      ['other', [{ gate: 'other', per: 'key' }]],
    ] as const) {
      await fixture.declare(perKey, `before ${version}`, [{ name: 'each', limit: 1 }])
      const ids = ['a1', 'a2', 'b1'].map((id) => `${id} ${version}`)
      for (const id of ids) await enter(fixture, id)
      const held = [await fixture.leaseOne('first'), await fixture.leaseOne('first')]
      assert.deepEqual(await fixture.leaseIds('first'), [])
      await fixture.declare([{ ...first!, behind }, ...others], version, [{ name: 'other', limit: 9 }])
      assert.deepEqual(await fixture.leaseIds('first'), [`a2 ${version}`])
      await fixture.backend.commit(held.map((each) => popping(each)))
    }
  })

  test('the gate that keys have at a stage goes with the name of its queue', async (fixture) => {
    const named = (name: string, was?: string): readonly QueueSpec[] => [
      {
        name,
        role: 'stage',
        was: was ? [was] : undefined,
        behind: [{ gate: `${name} per key`, per: 'key' }],
      },
      ...perKey.slice(1),
    ]
    await fixture.declare(named('first'), 'v2', [{ name: 'first per key', limit: 1 }])
    for (const id of ['a1', 'a2']) await enter(fixture, id)
    const held = await fixture.leaseOne('first')
    await fixture.declare(named('renamed', 'first'), 'v3', [{ name: 'renamed per key', limit: 1 }])
    assert.deepEqual(await fixture.leaseIds('renamed'), [])
    await fixture.backend.commit([popping({ ...held, queue: 'renamed' })])
    assert.deepEqual(await fixture.leaseIds('renamed'), ['a2'])
  })
}
