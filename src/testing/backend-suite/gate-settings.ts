import assert from 'node:assert/strict'
import type { TurnGate } from '../../queue/change.ts'
import type { QueueSpec } from '../../queue/declaration.ts'
import type { GateSpec, GateState, Rate } from '../../queue/gate.ts'
import { type Fixture, popping } from './fixture.ts'
import type { Test } from './suite.ts'

const press: GateSpec = { name: 'press', limit: 3 }
const behindPress: readonly QueueSpec[] = [
  { name: 'first', role: 'stage', behind: [{ gate: 'press' }] },
  { name: 'desk', role: 'review' },
  { name: 'done', role: 'output' },
]
const pace = { units: 2, perMs: 1000 }
const byAnn = { actor: 'ann', reason: 'The printer is old.' }

/** A person sets another limit or rate of a gate than was declared, until one takes that back. */
export function gateSettings(test: Test): void {
  test('an operator sets a limit, and what is leased already counts', async (fixture) => {
    for (const id of ['a', 'b', 'c', 'd']) await fixture.enter(id)
    const [a] = await fixture.lease('first', { limit: 2 })
    await set(fixture, 'first', { limit: 2 })
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await fixture.backend.commit([popping({ ...a!, queue: 'first' })])
    assert.deepEqual(await fixture.leaseIds('first'), ['c'])
    await set(fixture, 'first', { limit: null })
    assert.deepEqual(await fixture.leaseIds('first'), ['d'])
    assert.equal((await gate(fixture, 'first')).held, 3)
  })

  test('a limit that is lower than what is held lets nothing pass until enough has come back', async (fixture) => {
    await fixture.declare(behindPress, 'v2', [press])
    for (const id of ['a', 'b', 'c', 'd', 'e']) await fixture.enter(id)
    const held = await fixture.lease('first', { limit: 3 })
    await set(fixture, 'press', { limit: 1 })
    for (const [n, each] of held.entries()) {
      assert.deepEqual(await fixture.leaseIds('first'), [], `${n}`)
      assert.equal((await gate(fixture)).room, 0)
      await fixture.backend.commit([popping({ ...each, queue: 'first' })])
    }
    assert.deepEqual(await fixture.leaseIds('first'), ['d'])
    await set(fixture, 'press', { limit: 0 })
    assert.equal((await gate(fixture)).why, 'full')
  })

  test('the next lease goes by the rate that was set, and by the declared one when that is taken back', async (fixture) => {
    const { clock } = fixture
    await fixture.declare(behindPress, 'v2', [{ name: 'press', rate: { units: 1, perMs: 60_000 } }])
    for (let n = 10; n < 30; n++) await fixture.enter(`t${n}`)
    assert.equal((await fixture.leaseIds('first')).length, 1)
    assert.equal((await fixture.leaseIds('first')).length, 0)
    await set(fixture, 'press', { rate: { units: 5, perMs: 1000 } })
    await clock.advance(60_000)
    assert.equal((await fixture.leaseIds('first')).length, 5)
    await clock.advance(400)
    assert.equal((await fixture.leaseIds('first')).length, 2)
    await set(fixture, 'press', { rate: null })
    await clock.advance(600)
    assert.equal((await fixture.leaseIds('first')).length, 0)
    await clock.advance(60_000)
    assert.equal((await fixture.leaseIds('first')).length, 1)
  })

  test('what was let through at a slow rate is no debt of a day at a quick one, nor at the gate of a key', async (fixture) => {
    const slow = { units: 1, perMs: 86_400_000 }
    const quick = { units: 1, perMs: 1000 }
    const [first, ...others] = behindPress
    for (const [name, behind] of [
      ['common', { gate: 'press' }],
      ['own', { gate: 'press', per: 'key' }],
    ] as const) {
      const declare = (rate: Rate) =>
        fixture.declare([{ ...first!, behind: [behind] }, ...others], `${name} ${rate.perMs}`, [
          { name: 'press', rate },
        ])
      await declare(slow)
      for (const n of [1, 2, 3]) await fixture.enter(`${name} ${n}`, { key: 'ann' })
      assert.equal((await fixture.leaseIds('first')).length, 1)
      await set(fixture, 'press', { rate: quick })
      assert.equal((await fixture.leaseIds('first')).length, 0)
      await fixture.clock.advance(1000)
      assert.equal((await fixture.leaseIds('first')).length, 1)
      await set(fixture, 'press', { rate: null })
      await declare(quick)
      await fixture.clock.advance(1000)
      assert.equal((await fixture.leaseIds('first')).length, 1)
    }
  })

  test('a gate says what was declared and what was set, by whom, when and why', async (fixture) => {
    const { clock } = fixture
    await fixture.declare(behindPress, 'v2', [press])
    assert.equal((await gate(fixture)).overridden, undefined)
    await set(fixture, 'press', { limit: 1, ...byAnn })
    const limit = { declared: 3, ...byAnn, at: clock.now() }
    assert.deepEqual((await gate(fixture)).overridden, { limit })
    await clock.advance(1000)
    await set(fixture, 'press', { rate: pace, actor: 'bob' })
    const state = await gate(fixture)
    assert.deepEqual([state.limit, state.rate], [1, pace])
    assert.deepEqual(state.overridden, { limit, rate: { actor: 'bob', at: clock.now() } })
    await set(fixture, 'press', { limit: null })
    assert.deepEqual((await gate(fixture)).overridden, { rate: { actor: 'bob', at: clock.now() } })
    assert.equal((await gate(fixture)).limit, 3)
    await set(fixture, 'press', { rate: null })
    const back = await gate(fixture)
    assert.deepEqual([back.limit, back.rate, back.overridden], [3, undefined, undefined])
  })

  test('what was set stays, whatever is declared, until it is taken back', async (fixture) => {
    await fixture.declare(behindPress, 'v2', [press])
    await set(fixture, 'press', { limit: 1, ...byAnn })
    await fixture.declare(behindPress, 'v2', [press])
    assert.equal((await gate(fixture)).limit, 1)
    await fixture.declare(behindPress, 'v3', [{ ...press, limit: 2 }])
    const state = await gate(fixture)
    assert.deepEqual([state.limit, state.overridden?.limit?.declared], [1, 2])
    await set(fixture, 'press', { limit: null })
    assert.equal((await gate(fixture)).limit, 2)
  })

  test('what was set for the gate of a queue stays when its limit is declared no more, and goes with its name', async (fixture) => {
    const named = (name: string): readonly QueueSpec[] => [
      { name, role: 'stage', ...(name === 'first' ? {} : { was: ['first'] }) },
      { name: 'done', role: 'output' },
    ]
    await fixture.declare(named('first'), 'v2', [{ name: 'first', limit: 5 }])
    await set(fixture, 'first', { limit: 1 })
    await fixture.declare(named('first'), 'v3')
    assert.deepEqual((await gate(fixture, 'first')).overridden, { limit: { at: fixture.clock.now() } })
    await fixture.declare(named('start'), 'v4')
    assert.equal((await gate(fixture, 'start')).limit, 1)
    for (const id of ['a', 'b']) await fixture.enter(id, { queue: 'start' })
    assert.deepEqual(await fixture.leaseIds('start'), ['a'])
  })

  test('a key has what was set for all keys, unless something was set for it', async (fixture) => {
    await fixture.declare(
      [
        { name: 'first', role: 'stage', behind: [{ gate: 'press', per: 'key' }] },
        { name: 'done', role: 'output' },
      ],
      'v2',
      [press],
    )
    for (const key of ['x', 'y']) for (let n = 0; n < 4; n++) await fixture.enter(`${key}${n}`, { key })
    await set(fixture, 'press', { limit: 1, ...byAnn })
    await set(fixture, 'press', { limit: 2, key: 'y', actor: 'bob' })
    const leased = await fixture.leaseIds('first')
    assert.deepEqual([...leased].sort(), ['x0', 'y0', 'y1'])
    const gates = await fixture.backend.gates()
    const limitOf = (key: string) => gates.find((each) => each.key === key)?.overridden?.limit
    const at = fixture.clock.now()
    assert.deepEqual(limitOf('x'), { declared: 3, ...byAnn, at })
    assert.deepEqual(limitOf('y'), { declared: 3, actor: 'bob', at })
    await set(fixture, 'press', { limit: null, key: 'y' })
    assert.deepEqual(await fixture.leaseIds('first'), [])
  })

  test('the pulse says of each queue what was set at the gates that it stands behind', async (fixture) => {
    await fixture.declare(behindPress, 'v2', [press])
    const pulse = async () =>
      (await fixture.backend.pulse()).queues.map(({ queue, overridden }) => [queue, overridden])
    const none = [
      ['first', undefined],
      ['desk', undefined],
      ['done', undefined],
    ]
    assert.deepEqual(await pulse(), none)
    await set(fixture, 'press', { limit: 1, ...byAnn })
    await set(fixture, 'desk', { rate: pace })
    const at = fixture.clock.now()
    const first = [{ gate: 'press', limit: 1, overridden: { limit: { declared: 3, ...byAnn, at } } }]
    const desk = [{ gate: 'desk', rate: pace, overridden: { rate: { at } } }]
    assert.deepEqual(await pulse(), [
      ['first', first],
      ['desk', desk],
      ['done', undefined],
    ])
    await set(fixture, 'press', { limit: null })
    await set(fixture, 'desk', { rate: null })
    assert.deepEqual(await pulse(), none)
  })

  test('each setting by hand that changes something is a line of the history', async (fixture) => {
    await fixture.declare(behindPress, 'v2', [press])
    await set(fixture, 'press', { limit: 1, ...byAnn })
    await set(fixture, 'press', { limit: 1, ...byAnn })
    await set(fixture, 'press', { limit: null, rate: pace, actor: 'bob' })
    await set(fixture, 'press', { limit: null })
    await set(fixture, 'first', { limit: 4, key: 'k', actor: 'bob' })
    const { lines } = await fixture.backend.lines({ people: true })
    assert.deepEqual(
      lines.map(({ event, queue, actor, reason, fields }) => [event, queue, actor, reason, fields]),
      [
        ['noted', undefined, 'ann', byAnn.reason, { gate: 'press', limit: 1 }],
        ['noted', undefined, 'bob', undefined, { gate: 'press', limit: null, rate: pace }],
        ['noted', 'first', 'bob', undefined, { key: 'k', limit: 4 }],
      ],
    )
  })
}

function set(fixture: Fixture, name: string, what: Partial<TurnGate>): Promise<unknown> {
  return fixture.backend.commit([{ kind: 'gate', name, ...what }])
}

async function gate(fixture: Fixture, name = 'press'): Promise<GateState> {
  const found = (await fixture.backend.gates()).find((each) => each.name === name)
  assert.ok(found, `there is no gate "${name}"`)
  return found
}
