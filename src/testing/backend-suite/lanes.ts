import assert from 'node:assert/strict'
import type { QueueSpec } from '../../queue/declaration.ts'
import { entering, type Fixture, fenceOf, leaseMs, moving, popping, postponing, refuses } from './fixture.ts'
import type { Test } from './suite.ts'

/** The usual queues, the first behind a gate of each key. */
export const perKey: readonly QueueSpec[] = [
  { name: 'first', role: 'stage', behind: [{ gate: 'each', per: 'key' }] },
  { name: 'second', role: 'stage' },
  { name: 'done', role: 'output' },
]

/** The messages of one key form a lane, and lanes take turns, so that a key with many messages does not starve the others. */
export function lanes(test: Test): void {
  test('keys take turns, those without one too, and within a key the oldest is first', async (fixture) => {
    for (const id of ['a1', 'a2', 'a3', 'b1', 'b2', '-1', 'c1']) await enter(fixture, id)
    assert.deepEqual(keysOf(await fixture.leaseIds('first', { limit: 4 })), ['-', 'a', 'b', 'c'])
    const rest = await fixture.leaseIds('first', { limit: 10 })
    assert.deepEqual([...rest].sort(), ['a2', 'a3', 'b2'])
    assert.ok(rest.indexOf('a2') < rest.indexOf('a3'))
  })

  test('a key that was served goes to the end of the line, over many leases', async (fixture) => {
    for (let n = 10; n < 30; n++) await enter(fixture, `a${n}`)
    for (const id of ['b1', 'b2', 'c1']) await enter(fixture, id)
    const served: string[] = []
    for (let n = 0; n < 6; n++) served.push(...(await fixture.leaseIds('first', { limit: 1 })))
    assert.deepEqual(keysOf(served.slice(0, 3)), ['a', 'b', 'c'])
    assert.deepEqual(keysOf(served).join(''), 'aaabbc')
    await enter(fixture, 'd1')
    const next = await fixture.leaseIds('first', { limit: 2 })
    assert.ok(next.includes('d1'), 'a key that comes waits for one turn of each')
  })

  test('a better priority is first across keys', async (fixture) => {
    for (const [id, priority] of [
      ['a1', 5],
      ['b1', 1],
      ['a2', 0],
      ['c1', 1],
    ] as const)
      await enter(fixture, id, { priority })
    const ids = await fixture.leaseIds('first', { limit: 10 })
    assert.deepEqual([ids[0], [...ids.slice(1, 3)].sort(), ids[3]], ['a2', ['b1', 'c1'], 'a1'])
  })

  test('a message keeps its key as long as it stays, whatever happens to it', async (fixture) => {
    await enter(fixture, 'a1')
    const again = async () => {
      const held = await fixture.leaseOne('first')
      assert.equal((await fixture.row('first', 'a1')).key, 'a')
      return held
    }
    await fixture.backend.commit([postponing(await again())])
    await fixture.backend.commit([postponing(await again(), { delayMs: 500 })])
    await fixture.clock.advance(500)
    await fixture.backend.commit([{ kind: 'bury', ...fenceOf(await again()) }])
    await fixture.backend.commit([{ kind: 'revive', queue: 'first', id: 'a1' }])
    await again()
    await fixture.clock.advance(leaseMs)
    assert.deepEqual(await fixture.leaseIds('first', { suspects: 'exclude' }), [])
    assert.deepEqual((await fixture.backend.list('first', { only: { suspect: true } })).rows.length, 1)
    const [suspect] = await fixture.lease('first', { suspects: 'only' })
    assert.equal(suspect?.id, 'a1')
    await fixture.backend.commit(moving({ ...suspect!, queue: 'first' }, 'second'))
    assert.equal((await fixture.row('second', 'a1')).key, undefined)
    assert.deepEqual(await fixture.leaseIds('second'), ['a1'])
  })

  test('delayed messages of several keys come in turns when they are due', async (fixture) => {
    for (const id of ['a1', 'a2', 'b1']) await enter(fixture, id, { delayMs: 300 })
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await fixture.clock.advance(300)
    assert.deepEqual(keysOf(await fixture.leaseIds('first', { limit: 2 })), ['a', 'b'])
  })

  test('each key has a limit of its own, and a full one does not stop the others', async (fixture) => {
    await fixture.declare(perKey, 'v2', [{ name: 'each', limit: 2 }])
    for (let n = 10; n < 20; n++) await enter(fixture, `a${n}`)
    for (const id of ['b1', 'c1', '-1']) await enter(fixture, id)
    const ids = await fixture.leaseIds('first')
    assert.deepEqual(keysOf(ids), ['-', 'a', 'a', 'b', 'c'])
    assert.deepEqual(await fixture.leaseIds('first'), [])
    const [count] = await fixture.backend.count('first')
    assert.deepEqual(count!.parked, { gate: 'each', key: 'a', why: 'full' })
    assert.deepEqual((await fixture.row('first', 'a19')).parked, { gate: 'each', key: 'a', why: 'full' })
    const states = (await fixture.backend.gates()).filter(({ name }) => name === 'each')
    assert.deepEqual(states.map(({ key, held }) => `${key ?? '-'}${held}`).sort(), ['-1', 'a2', 'b1', 'c1'])
    const row = await fixture.row('first', ids.find((id) => id.startsWith('a'))!)
    await fixture.backend.commit([popping({ ...row, queue: 'first' })])
    assert.deepEqual(keysOf(await fixture.leaseIds('first')), ['a'])
  })

  for (const [one, other] of [
    ['a1', 'b1'],
    ['-1', '-2'],
  ] as const)
    test(`what holds its units goes on behind what does not fit, as each waits for the other else (${one}, ${other})`, async (fixture) => {
      const behind = [{ gate: 'room', until: 'leave' }] as const
      await fixture.declare([{ ...perKey[0]!, behind }, ...perKey.slice(1)], 'v2', [
        { name: 'room', limit: 1 },
      ])
      await enter(fixture, one)
      const held = await fixture.leaseOne('first')
      await enter(fixture, other, { priority: -1 })
      await fixture.backend.commit([postponing(held)])
      assert.equal((await fixture.backend.count('first'))[0]?.parked, undefined)
      assert.deepEqual(await fixture.leaseIds('first', { limit: 5 }), [one])
      assert.deepEqual(await fixture.leaseIds('first'), [])
      assert.equal((await fixture.backend.count('first'))[0]?.parked?.gate, 'room')
    })

  test('so it does behind another of its key, and as a suspect', async (fixture) => {
    const each = [{ gate: 'each', per: 'key', until: 'leave' }] as const
    await fixture.declare([{ ...perKey[0]!, behind: each }, ...perKey.slice(1)], 'v2', [
      { name: 'each', limit: 1 },
    ])
    await enter(fixture, 'a1')
    await fixture.crash('first')
    await enter(fixture, 'a2', { priority: -1 })
    assert.deepEqual(await fixture.leaseIds('first', { suspects: 'exclude' }), [])
    assert.deepEqual(await fixture.leaseIds('first'), ['a1'])
  })

  test('a rate of each key lets its messages come when their time has come', async (fixture) => {
    await fixture.declare(perKey, 'v2', [{ name: 'each', rate: { units: 1, perMs: 1000 } }])
    for (const id of ['a1', 'a2', 'b1', 'b2']) await enter(fixture, id)
    assert.deepEqual(keysOf(await fixture.leaseIds('first')), ['a', 'b'])
    assert.deepEqual(await fixture.leaseIds('first'), [])
    const heard: (string | undefined)[] = []
    const stop = fixture.backend.watch((queue) => heard.push(queue))
    for (let n = 0; n < 20; n++) await fixture.backend.gates()
    heard.length = 0
    await fixture.clock.advance(1000)
    for (let n = 0; heard.length === 0; n++) {
      assert.ok(n < 2000, 'nothing was heard')
      await fixture.backend.gates()
    }
    stop()
    assert.deepEqual(keysOf(await fixture.leaseIds('first')), ['a', 'b'])
  })

  test('one key can be shut, and is open again when it is opened, or a declaration gives it another limit', async (fixture) => {
    await fixture.declare(perKey, 'v2', [{ name: 'each', limit: 5 }])
    for (const id of ['a1', 'b1', 'a2']) await enter(fixture, id)
    const turn = (more: object) => fixture.backend.commit([{ kind: 'gate', name: 'each', ...more }])
    await turn({ key: 'a', closed: true, reason: 'a owes us money' })
    assert.deepEqual(await fixture.leaseIds('first'), ['b1'])
    assert.equal((await fixture.row('first', 'a1')).parked?.reason, 'a owes us money')
    await turn({ key: 'a', closed: false })
    assert.deepEqual(await fixture.leaseIds('first', { limit: 1 }), ['a1'])
    await turn({ key: 'a', limit: 1 })
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await turn({ key: 'a', limit: 2 })
    assert.deepEqual(await fixture.leaseIds('first'), ['a2'])
    await enter(fixture, 'a3')
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await turn({ closed: true })
    await enter(fixture, 'd1')
    assert.deepEqual(await fixture.leaseIds('first'), [])
  })

  test('a queue that is split, merged or renamed keeps the keys of its messages', async (fixture) => {
    for (const id of ['a1', 'a2', 'a3', 'b1']) await enter(fixture, id)
    const others: QueueSpec[] = [
      { name: 'second', role: 'stage', was: ['first'] },
      { name: 'done', role: 'output' },
    ]
    await fixture.declare(others, 'v2')
    assert.equal((await fixture.row('second', 'a2')).key, 'a')
    assert.deepEqual(keysOf(await fixture.leaseIds('second', { limit: 2 })), ['a', 'b'])
    await fixture.declare([{ name: 'third', role: 'stage', was: ['second'] }, others[1]!], 'v3')
    assert.equal((await fixture.leaseIds('third')).length, 2)
  })

  test('a key that no message can have is refused', async (fixture) => {
    for (const key of ['', '\0', 'x'.repeat(501), '\ud800', 5 as never])
      await refuses(fixture.backend.commit([entering('a', { key })]), 'invalid')
    assert.equal(await fixture.backend.get('first', 'a'), undefined)
  })
}

/** Lets `id` enter under the key that is its first letter; none for a dash. */
export function enter(fixture: Fixture, id: string, more: object = {}): Promise<void> {
  return fixture.enter(id, { ...(id[0] === '-' ? {} : { key: id[0]! }), ...more })
}

/** The keys of these ids, in order. */
export function keysOf(ids: readonly string[]): readonly string[] {
  return ids.map((id) => id[0]!).sort()
}
