import assert from 'node:assert/strict'
import type { QueueSpec } from '../../queue/declaration.ts'
import { child, finish, mailing, waiting } from './boxes.ts'
import { entering, type Fixture, fenceOf, someFault } from './fixture.ts'
import type { Test } from './suite.ts'

const wait = { for: [{ name: 'paid' }] }
const untilLeave = [{ gate: 'room', until: 'leave' }] as const
const queues: readonly QueueSpec[] = [
  { name: 'first', role: 'stage', behind: [{ gate: 'press' }] },
  { name: 'second', role: 'stage', behind: [{ gate: 'press' }, ...untilLeave] },
  { name: 'done', role: 'output' },
  { name: 'replies', role: 'reply' },
]

/** What messages wait for takes them out of their lanes, and off their gates, until it has come. */
export function waitsAtGates(test: Test): void {
  test('a message with a key that waits has its turn when a letter comes, or its time is over', async (fixture) => {
    const { backend, clock } = fixture
    for (const key of ['a', 'b']) await fixture.enter(`${key}1`, { key })
    await backend.commit([waiting(await fixture.leaseOne('first', { ids: ['a1'] }), 'paid')])
    assert.deepEqual(await fixture.leaseIds('first'), ['b1'])
    await backend.commit([mailing('a1', 'paid')])
    await backend.commit([waiting(await fixture.leaseOne('first'), 'sent', 500)])
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await clock.advance(500)
    assert.deepEqual(await fixture.leaseIds('first'), ['a1'])
    assert.equal((await fixture.row('first', 'a1')).key, 'a')
  })

  test('a message with a key that waits, or is dead, as it comes is leased only when it is ready', async (fixture) => {
    const { backend } = fixture
    await backend.commit([
      { ...entering('a1', { key: 'a' }), wait },
      { ...entering('b1', { key: 'b' }), dead: someFault },
    ])
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await backend.commit([mailing('a1', 'paid')])
    assert.deepEqual(await fixture.leaseIds('first'), ['a1'])
    await backend.commit([{ kind: 'revive', queue: 'first', id: 'b1' }])
    assert.deepEqual(await fixture.leaseIds('first'), ['b1'])
    assert.deepEqual(await fixture.counts('first'), { ...none, leased: 2 })
  })

  test('a message that waits gives back what its lease has paid, and pays again', async (fixture) => {
    const { backend } = fixture
    await declare(fixture)
    await fixture.enter('a')
    await backend.commit([waiting(await fixture.leaseOne('first'), 'paid')])
    assert.deepEqual(await held(fixture), [0, 0])
    await backend.commit([mailing('a', 'paid')])
    await fixture.leaseOne('first')
    assert.deepEqual(await held(fixture), [1, 0])
  })

  test('a child gives back what it has paid and holds when it ends in a reply, or is taken with its parent', async (fixture) => {
    const { backend } = fixture
    await declare(fixture)
    await fixture.enter('book')
    const parent = await fixture.leaseOne('first')
    await backend.commit(['p-1', 'p-2'].map((id) => child(parent, id, { queue: 'second' })))
    await finish(fixture, 'p-1')
    assert.deepEqual(await held(fixture), [1, 0])
    await fixture.leaseOne('second')
    assert.deepEqual(await held(fixture), [2, 1])
    await backend.commit([{ kind: 'take', queue: 'first', id: 'book', event: 'cancelled', descend: true }])
    assert.deepEqual(await held(fixture), [0, 0])
    assert.deepEqual(await fixture.counts('second'), none)
  })

  test('a child that replies wakes the lane of its parent', async (fixture) => {
    const { backend } = fixture
    await declare(fixture)
    await fixture.enter('book', { key: 'ann' })
    const parent = await fixture.leaseOne('first')
    await backend.commit([child(parent, 'p-1', { queue: 'second' })])
    await backend.commit([waiting(parent, 'page')])
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await finish(fixture, 'p-1')
    const again = await fixture.leaseOne('first')
    assert.deepEqual(fenceOf(again), { ...fenceOf(parent), lease: 2 })
  })
}

const none = { ready: 0, leased: 0, delayed: 0, dead: 0, waiting: 0 }

async function declare(fixture: Fixture): Promise<void> {
  await fixture.declare(queues, 'v2', [
    { name: 'press', limit: 3 },
    { name: 'room', limit: 3 },
  ])
}

/** What is held at the gates `press` and `room`. */
async function held({ backend }: Fixture): Promise<readonly number[]> {
  const gates = await backend.gates()
  return ['press', 'room'].map((name) => gates.find((each) => each.name === name)!.held)
}
