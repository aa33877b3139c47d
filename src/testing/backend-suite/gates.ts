import assert from 'node:assert/strict'
import type { TurnGate } from '../../queue/change.ts'
import type { QueueSpec } from '../../queue/declaration.ts'
import type { GateSpec, GateState } from '../../queue/gate.ts'
import { entering, type Fixture, fenceOf, leaseMs, moving, popping, postponing, refuses } from './fixture.ts'
import type { Test } from './suite.ts'

const press: GateSpec = { name: 'press' }
const behindPress: readonly QueueSpec[] = [
  { name: 'first', role: 'stage', behind: [{ gate: 'press' }] },
  { name: 'second', role: 'stage', behind: [{ gate: 'press' }] },
  { name: 'done', role: 'output' },
]
const untilLeave: readonly QueueSpec[] = [
  { name: 'first', role: 'stage', behind: [{ gate: 'press', until: 'leave' }] },
  { name: 'second', role: 'stage' },
  { name: 'done', role: 'output' },
]

/** A lease pays at the gates of its queue, in the transaction that gives it, and the end of just that lease gives it back. */
export function gates(test: Test): void {
  test('no more are leased than a limit allows, over all queues behind the gate', async (fixture) => {
    await fixture.declare(behindPress, 'v2', [{ ...press, limit: 3 }])
    for (const id of ['a', 'b', 'c', 'd']) await fixture.enter(id)
    for (const id of ['e', 'f']) await fixture.enter(id, { queue: 'second' })
    const [a] = await fixture.lease('first', { limit: 2 })
    assert.deepEqual(await fixture.leaseIds('second'), ['e'])
    assert.deepEqual(await fixture.leaseIds('first'), [])
    assert.equal((await gate(fixture)).held, 3)
    assert.equal((await gate(fixture)).why, 'full')
    await fixture.backend.commit([popping({ ...a!, queue: 'first' })])
    assert.deepEqual(await fixture.leaseIds('second'), ['f'])
    assert.equal((await gate(fixture)).held, 3)
  })

  test('a message that asks for more than the limit counts as all of it, and passes when nothing else is held', async (fixture) => {
    await fixture.declare(behindPress, 'v2', [{ ...press, limit: 3 }])
    await fixture.enter('small')
    await fixture.enter('big', { tolls: { press: 9 } })
    const small = await fixture.leaseOne('first', { limit: 1 })
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await fixture.backend.commit([popping(small)])
    assert.deepEqual(await fixture.leaseIds('first'), ['big'])
    assert.equal((await gate(fixture)).held, 3)
  })

  test('who has closed and opened a gate that is no queue is in the history, once each', async (fixture) => {
    await fixture.declare(behindPress, 'v2', [press])
    const turn = (closed: boolean, actor: string) =>
      fixture.backend.commit([{ kind: 'gate', name: 'press', closed, actor, reason: 'Paper.' }])
    await turn(true, 'ann')
    await turn(true, 'bob')
    await turn(false, 'ben')
    const { lines } = await fixture.backend.lines({ people: true })
    assert.deepEqual(
      lines.map(({ event, actor, reason, fields }) => [event, actor, reason, fields]),
      [
        ['paused', 'ann', 'Paper.', { gate: 'press' }],
        ['resumed', 'ben', 'Paper.', { gate: 'press' }],
      ],
    )
  })

  test('a queue cannot stand behind one gate twice, nor behind its own', async (fixture) => {
    const behind = (...names: string[]): readonly QueueSpec[] => [
      { name: 'first', role: 'stage', behind: names.map((gate) => ({ gate })) },
      { name: 'done', role: 'output' },
    ]
    const declare = (specs: readonly QueueSpec[]) => fixture.declare(specs, 'v2', [press])
    await assert.rejects(declare(behind('press', 'press')), /stands behind gate "press" twice/)
    await assert.rejects(declare(behind('first')), /stands behind gate "first", its own/)
  })

  test('many who lease at once get no more than the limit', async (fixture) => {
    await fixture.declare(behindPress, 'v2', [{ ...press, limit: 5 }])
    for (let n = 0; n < 40; n++) await fixture.enter(`t${n}`, { queue: n % 2 ? 'first' : 'second' })
    const leased = await Promise.all(
      Array.from({ length: 20 }, (_, n) => fixture.lease(n % 2 ? 'first' : 'second', { limit: 3 })),
    )
    assert.equal(leased.flat().length, 5)
    assert.equal((await gate(fixture)).held, 5)
  })

  test('whatever ends a lease gives back what it has paid, and only once', async (fixture) => {
    const ends: ((id: string, held: Awaited<ReturnType<Fixture['leaseOne']>>) => Promise<unknown>)[] = [
      (_, held) => fixture.backend.commit([popping(held)]),
      (_, held) => fixture.backend.commit(moving(held, 'second')),
      (_, held) => fixture.backend.commit([postponing(held)]),
      (_, held) => fixture.backend.commit([postponing(held, { charge: false, delayMs: 1000 })]),
      (_, held) => fixture.backend.commit([{ kind: 'bury', ...fenceOf(held) }]),
      (id) => fixture.backend.commit([{ kind: 'take', queue: 'first', id, event: 'cancelled' }]),
      (id) => fixture.enter(id, { queue: 'second', enter: 'replace' }),
      () => fixture.clock.advance(leaseMs).then(() => fixture.lease('first', { limit: 0 })),
    ]
    await fixture.declare(behindPress, 'v2', [{ ...press, limit: 2 }])
    for (const [n, end] of ends.entries()) {
      const id = `t${n}`
      await fixture.enter(id, { tolls: { press: 2 } })
      const held = await fixture.leaseOne('first', { ids: [id] })
      assert.equal((await gate(fixture)).held, 2, `${n}`)
      await end(id, held)
      assert.equal((await gate(fixture)).held, 0, `${n}`)
      await refuses(fixture.backend.commit([popping(held)]), 'lease_lost')
      assert.equal((await gate(fixture)).held, 0, `${n}`)
      await fixture.backend.commit([
        ...['first', 'second'].map(
          (queue) => ({ kind: 'take', queue, id, event: 'cancelled', skip: true }) as const,
        ),
      ])
    }
  })

  test('a commit that is refused gives nothing back', async (fixture) => {
    await fixture.declare(behindPress, 'v2', [{ ...press, limit: 1 }])
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    await refuses(
      fixture.backend.commit([popping(held), { kind: 'revive', queue: 'first', id: 'ghost' }]),
      'not_found',
    )
    assert.equal((await gate(fixture)).held, 1)
  })

  test('a message that does not fit stops the lease, so that small ones do not starve it', async (fixture) => {
    await fixture.declare(behindPress, 'v2', [{ ...press, limit: 4 }])
    for (const [id, units] of [
      ['a', 2],
      ['b', 3],
      ['c', 1],
    ] as const)
      await fixture.enter(id, { tolls: { press: units } })
    const [a] = await fixture.lease('first', { limit: 10 })
    assert.deepEqual(await fixture.leaseIds('first'), [])
    const [count] = await fixture.backend.count('first')
    assert.deepEqual(count!.parked, { gate: 'press', why: 'full' })
    await fixture.backend.commit([popping({ ...a!, queue: 'first' })])
    assert.deepEqual(await fixture.leaseIds('first'), ['b', 'c'])
  })

  test('a lease whose worker is gone in one queue gives way to the other queue behind its gate', async (fixture) => {
    await fixture.declare(behindPress, 'v2', [{ ...press, limit: 1 }])
    await fixture.enter('a')
    await fixture.enter('b', { queue: 'second' })
    await fixture.leaseOne('first')
    assert.deepEqual(await fixture.leaseIds('second'), [])
    await fixture.clock.advance(leaseMs)
    assert.deepEqual(await fixture.leaseIds('second'), ['b'])
  })

  test('a rate lets pass what it says, evenly, after a burst', async (fixture) => {
    await fixture.declare(behindPress, 'v2', [{ ...press, rate: { units: 5, perMs: 1000 } }])
    for (let n = 10; n < 40; n++) await fixture.enter(`t${n}`)
    assert.equal((await fixture.leaseIds('first')).length, 5)
    const [count] = await fixture.backend.count('first')
    assert.deepEqual(count!.parked, { gate: 'press', why: 'rate', until: fixture.clock.now() + 200 })
    await fixture.clock.advance(199)
    assert.equal((await fixture.leaseIds('first')).length, 0)
    await fixture.clock.advance(1)
    assert.equal((await fixture.leaseIds('first')).length, 1)
    await fixture.clock.advance(600)
    assert.equal((await fixture.leaseIds('first')).length, 3)
    await fixture.clock.advance(60_000)
    assert.equal((await fixture.leaseIds('first')).length, 5)
  })

  test('a clock that is set back does not shut a rate', async (fixture) => {
    await fixture.declare(behindPress, 'v2', [{ ...press, rate: { units: 1, perMs: 1000 } }])
    for (const id of ['a', 'b']) await fixture.enter(id)
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
    fixture.clock.jump(-3_600_000)
    await fixture.clock.advance(1000)
    assert.deepEqual(await fixture.leaseIds('first'), ['b'])
  })

  test('after failures in a row a gate is shut, then lets one through at a time until one succeeds', async (fixture) => {
    await fixture.declare(behindPress, 'v2', [{ ...press, breaker: { failures: 2, forMs: 500 } }])
    for (const id of ['a', 'b', 'c', 'd']) await fixture.enter(id)
    const [a, b] = await fixture.lease('first', { limit: 2 })
    for (const each of [a, b]) await fixture.backend.commit([postponing({ ...each!, queue: 'first' })])
    assert.deepEqual(await fixture.leaseIds('first'), [])
    assert.deepEqual((await fixture.backend.count('first'))[0]!.parked, {
      ...{ gate: 'press', why: 'broken', until: fixture.clock.now() + 500 },
    })
    await fixture.clock.advance(500)
    const [trial, ...more] = await fixture.lease('first', { limit: 3 })
    assert.equal(more.length, 0)
    await fixture.backend.commit([popping({ ...trial!, queue: 'first' })])
    assert.equal((await fixture.leaseIds('first')).length, 3)
  })

  test('on trial what a gate has let through before may pass it again during its work, and no other', async (fixture) => {
    await fixture.declare(behindPress, 'v2', [{ ...press, breaker: { failures: 1, forMs: 500 } }])
    for (const id of ['a', 'b', 'c']) await fixture.enter(id)
    const [failing, ...going] = await fixture.lease('first', { limit: 3 })
    await fixture.enter('d')
    await fixture.backend.commit([postponing({ ...failing!, queue: 'first' })])
    const pass = (lease: (typeof going)[number]) =>
      fixture.backend.pass(fenceOf({ ...lease, queue: 'first' }), { gate: 'press' })
    const until = fixture.clock.now() + 500
    assert.deepEqual(await pass(going[0]!), { admitted: false, why: 'broken', againAt: until })
    await fixture.clock.advance(500)
    for (const each of going) assert.deepEqual(await pass(each), { admitted: true })
    assert.deepEqual(await fixture.leaseIds('first'), [])
    for (const each of going)
      await fixture.backend.commit([postponing({ ...each, queue: 'first' }, { charge: false })])
    const trial = await fixture.leaseOne('first', { limit: 1 })
    assert.deepEqual(await fixture.backend.pass(fenceOf(trial), { gate: 'press', units: 2 }), {
      admitted: true,
    })
    assert.deepEqual(await fixture.leaseIds('first'), [])
    assert.equal((await gate(fixture)).held, 3)
    await fixture.backend.commit([popping(trial)])
    assert.equal((await gate(fixture)).held, 0)
  })

  test('a gate is open in its hours only', async (fixture) => {
    const at = new Date(fixture.clock.now())
    const time = (ms: number) => new Date(at.getTime() + ms).toISOString().slice(11, 16)
    const hour = 3_600_000
    await fixture.declare(behindPress, 'v2', [
      { ...press, windows: [{ from: time(hour), to: time(2 * hour) }] },
    ])
    await fixture.enter('a')
    assert.deepEqual(await fixture.leaseIds('first'), [])
    const { parked } = (await fixture.backend.count('first'))[0]!
    assert.equal(parked?.why, 'window')
    await fixture.clock.advance(parked!.until! - fixture.clock.now() - 1)
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await fixture.clock.advance(1)
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
  })

  test('units that are held until the token leaves are given back in an output, by its end, or when it is freed', async (fixture) => {
    await fixture.declare(untilLeave, 'v2', [{ ...press, limit: 2 }])
    for (const id of ['a', 'b', 'c', 'd', 'e']) await fixture.enter(id)
    const [a, b] = await fixture.lease('first', { limit: 5 })
    const at = { queue: 'first' }
    await fixture.backend.commit([postponing({ ...b!, ...at })])
    assert.deepEqual(await fixture.leaseIds('first'), ['b'], 'it holds its units already')
    await fixture.backend.commit(moving({ ...a!, ...at }, 'second'))
    assert.equal((await gate(fixture)).held, 2)
    await fixture.backend.commit(moving(await fixture.leaseOne('second'), 'done'))
    assert.equal((await gate(fixture)).held, 1)
    const c = await fixture.leaseOne('first')
    assert.equal(c.id, 'c')
    const [pop, push] = moving(c, 'second')
    await fixture.backend.commit([pop!, { ...push!, frees: ['press'] } as never])
    assert.equal((await gate(fixture)).held, 1)
    const d = await fixture.leaseOne('first')
    await fixture.backend.commit([popping(d, { event: 'discarded' })])
    await fixture.backend.commit([{ kind: 'take', queue: 'first', id: 'b', event: 'cancelled' }])
    assert.equal((await gate(fixture)).held, 0)
  })

  test('a token can be let hold what it needs, whatever the limit is', async (fixture) => {
    await fixture.declare(untilLeave, 'v2', [{ ...press, limit: 2 }])
    for (const id of ['a', 'b']) await fixture.enter(id)
    const a = await fixture.leaseOne('first')
    const hold = (units: number) =>
      fixture.backend.commit([{ kind: 'gate', name: 'press', hold: { ...fenceOf(a), units } }])
    await hold(7)
    assert.equal((await gate(fixture)).held, 7)
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await hold(0)
    assert.equal((await gate(fixture)).held, 0)
    assert.deepEqual(await fixture.leaseIds('first'), ['b'])
    await fixture.backend.commit([popping(a)])
    await refuses(hold(1), 'lease_lost')
    assert.equal((await gate(fixture)).held, 1)
  })

  test('work pays for what it does during a lease, and is told when it may', async (fixture) => {
    await fixture.declare(undefined, 'v2', [{ ...press, limit: 2, rate: { units: 3, perMs: 300 } }])
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    const pass = (units?: number) => fixture.backend.pass(fenceOf(held), { gate: 'press', units })
    assert.deepEqual(await pass(2), { admitted: true })
    assert.deepEqual(await pass(), { admitted: false, why: 'full' })
    await fixture.backend.commit([postponing(held)])
    assert.equal((await gate(fixture)).held, 0)
    await refuses(pass(), 'lease_lost')
    const again = await fixture.leaseOne('first')
    const next = await fixture.backend.pass(fenceOf(again), { gate: 'press', units: 2 })
    assert.deepEqual(next, { admitted: false, why: 'rate', againAt: fixture.clock.now() + 100 })
    await refuses(fixture.backend.pass(fenceOf(again), { gate: 'nowhere' }), 'not_found')
  })

  test('of tolls with one key one is paid, as long as the token stays', async (fixture) => {
    await fixture.declare(undefined, 'v2', [{ ...press, limit: 5 }])
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    const pass = (once: string) => fixture.backend.pass(fenceOf(held), { gate: 'press', units: 3, once })
    assert.deepEqual(await pass('k'), { admitted: true })
    assert.deepEqual(await pass('k'), { admitted: true })
    assert.equal((await gate(fixture)).held, 3)
    assert.deepEqual(await pass('l'), { admitted: false, why: 'full' })
    await fixture.backend.commit([postponing(held)])
    await refuses(pass('k'), 'lease_lost')
    assert.equal((await gate(fixture)).held, 0)
  })

  test('a shut gate says who, why and until when, and opens by itself', async (fixture) => {
    const { backend, clock } = fixture
    await fixture.enter('a')
    await backend.commit([
      { kind: 'gate', name: 'first', closed: true, actor: 'ann', reason: 'the paper is out', forMs: 5000 },
    ])
    assert.deepEqual(await fixture.leaseIds('first'), [])
    const parked = {
      gate: 'first',
      why: 'closed',
      actor: 'ann',
      reason: 'the paper is out',
      until: clock.now() + 5000,
    }
    const [count] = await backend.count('first')
    assert.deepEqual([count!.paused, count!.parked], [true, parked])
    assert.deepEqual((await fixture.row('first', 'a')).parked, parked)
    await clock.advance(5000)
    assert.equal((await backend.count('first'))[0]!.paused, false)
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
  })

  test('a gate that has no name in any declaration is not found', async (fixture) => {
    await refuses(fixture.backend.commit([{ kind: 'gate', name: 'nowhere', closed: true }]), 'not_found')
    await refuses(fixture.backend.commit([{ kind: 'gate', name: 'press', limit: 1 }]), 'not_found')
  })

  test('listeners are called when units are given back, and when a gate opens by itself', async (fixture) => {
    await fixture.declare(behindPress, 'v2', [{ ...press, limit: 1 }])
    await fixture.enter('a')
    await fixture.enter('b', { queue: 'second' })
    const a = await fixture.leaseOne('first')
    const heard: (string | undefined)[] = []
    const stop = fixture.backend.watch((queue) => heard.push(queue))
    await fixture.lease('second')
    await settled(fixture, heard)
    await fixture.backend.commit([popping(a)])
    await settled(fixture, heard, 'second')
    await fixture.backend.commit([{ kind: 'gate', name: 'second', closed: true, forMs: 3000 }])
    await fixture.lease('second')
    await settled(fixture, heard)
    await fixture.clock.advance(3000)
    await settled(fixture, heard, 'second')
    stop()
  })

  test('what no gate could be is refused', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    const odd: Partial<TurnGate>[] = [
      ...[-1, 1.5, Number.NaN].map((limit) => ({ limit })),
      ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY].flatMap((units) => [
        { rate: { units, perMs: 1000 } },
        { rate: { units: 1, perMs: units } },
      ]),
      ...[0, 1.5].map((burst) => ({ rate: { units: 1, perMs: 1, burst } })),
      ...[-1, 1e300].map((forMs) => ({ closed: true, forMs })),
      ...[{ forMs: 5 }, { closed: 'yes' as never }, { name: '' }, { key: '\0' }],
      { hold: { ...fenceOf(held), units: -1 } },
    ]
    for (const each of odd)
      await refuses(backend.commit([entering('b'), { kind: 'gate', name: 'first', ...each }]), 'invalid')
    assert.equal(await backend.get('first', 'b'), undefined)
    for (const units of [0, 1.5, -1])
      await refuses(backend.pass(fenceOf(held), { gate: 'first', units }), 'invalid')
    for (const tolls of [{ first: 0 }, { first: 1.5 }, { '': 1 }])
      await refuses(backend.commit([entering('b', { tolls })]), 'invalid')
    // What no compiler has seen.
    const texts = [{ limit: '3' }, { rate: 'fast' }, { rate: 0 }, { rate: { units: '5', perMs: 1000 } }]
    for (const each of [...texts, { closed: true, forMs: '1000' }])
      await refuses(
        backend.commit([{ kind: 'gate', name: 'first', ...each } as unknown as TurnGate]),
        'invalid',
      )
    const specs: Partial<GateSpec>[] = [
      ...[{ name: '' }, { limit: -1 }, { breaker: { failures: 0, forMs: 1 } }, { windows: [] }],
      ...['24:00', 'noon'].map((from) => ({ windows: [{ from, to: '01:00' }] })),
      ...[{ days: [7] }, { zone: 'Moon/Sea' }].map((more) => ({
        windows: [{ from: '00:00', to: '01:00', ...more }],
      })),
    ]
    for (const each of specs)
      await refuses(fixture.declare(undefined, 'odd', [{ ...press, ...each }]), 'invalid')
    await refuses(fixture.declare(undefined, 'odd', [press, press]), 'invalid')
    await refuses(fixture.declare(behindPress, 'odd', []), 'invalid')
  })
}

/** Waits until `wanted` was heard, if anything should be, and forgets what was. */
async function settled(fixture: Fixture, heard: (string | undefined)[], wanted?: string): Promise<void> {
  for (let turn = 0; turn < 20 || (wanted !== undefined && !isHeard(heard, wanted)); turn++) {
    assert.ok(turn < 2000, `"${wanted}" was not heard`)
    await fixture.backend.gates()
  }
  heard.length = 0
}

function isHeard(heard: readonly (string | undefined)[], wanted: string): boolean {
  return heard.some((each) => each === undefined || each === wanted)
}

async function gate(fixture: Fixture, name = 'press'): Promise<GateState> {
  const found = (await fixture.backend.gates()).find((each) => each.name === name)
  assert.ok(found, `there is no gate "${name}"`)
  return found
}
