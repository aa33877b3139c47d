import assert from 'node:assert/strict'
import type { Take } from '../../queue/change.ts'
import { fenceOf, leaseMs, moving, popping, refuses, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

function take(id: string, more: Partial<Take> = {}): Take {
  return { kind: 'take', queue: 'desk', id, event: 'cancelled', actor: 'Ann', reason: 'No.', ...more }
}

/** Taking a message out without its lease: cancelling, and deciding what is not claimed. */
export function taking(test: Test): void {
  test('a cancelled token has left, and its history says who and why', async (fixture) => {
    await fixture.enter('a', { queue: 'desk' })
    await fixture.backend.commit([take('a')])
    assert.equal(await fixture.backend.get('desk', 'a'), undefined)
    const journey = await fixture.backend.journey(workflow, 'a')
    const { event, actor, reason, queue, hop } = journey!.lines.at(-1)!
    const wanted = { event: 'cancelled', actor: 'Ann', reason: 'No.', queue: 'desk', hop: 1 }
    assert.deepEqual({ event, actor, reason, queue, hop }, wanted)
    assert.deepEqual([journey?.queue, journey?.row], [undefined, undefined])
    assert.equal(journey?.finishedAt, fixture.clock.now())
  })

  test('ready, delayed, leased and dead messages can all be taken', async (fixture) => {
    await fixture.enter('leased', { queue: 'desk' })
    await fixture.enter('dead', { queue: 'desk' })
    const held = await fixture.lease('desk', { limit: 2 })
    const dead = held.find(({ id }) => id === 'dead')!
    await fixture.backend.commit([{ kind: 'bury', ...fenceOf({ ...dead, queue: 'desk' }) }])
    await fixture.enter('ready', { queue: 'desk' })
    await fixture.enter('delayed', { queue: 'desk', delayMs: 99 })
    await fixture.backend.commit(['ready', 'delayed', 'leased', 'dead'].map((id) => take(id)))
    assert.deepEqual(await fixture.counts('desk'), { ready: 0, leased: 0, delayed: 0, dead: 0, waiting: 0 })
  })

  test('the worker of a token that was taken is refused, and learns of it when it extends', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    await fixture.backend.commit([take('a', { queue: 'first' })])
    assert.deepEqual(await fixture.extend([held]), [])
    await refuses(fixture.backend.commit(moving(held, 'second')), 'lease_lost', { queue: 'first', id: 'a' })
    assert.deepEqual(await fixture.counts('second'), { ready: 0, leased: 0, delayed: 0, dead: 0, waiting: 0 })
  })

  test('a decision takes the token on in the same commit', async (fixture) => {
    await fixture.enter('a', { queue: 'desk' })
    const token = { id: 'a', hop: 2, frames: [], priority: 0, deploy: 1 }
    await fixture.backend.commit([
      take('a', { event: 'decided', hop: 1, unheld: true, reason: 'approve' }),
      { kind: 'push', queue: 'second', token, value: 'approved' },
    ])
    assert.equal((await fixture.row('second', 'a')).value, 'approved')
    assert.deepEqual(await fixture.events('a'), ['entered desk', 'decided desk'])
    assert.equal((await fixture.backend.journey(workflow, 'a'))?.finishedAt, undefined)
  })

  test('with a hop only that stay is taken: a decision that comes too late is a conflict', async (fixture) => {
    await fixture.enter('a', { queue: 'desk' })
    await fixture.backend.commit(moving(await fixture.leaseOne('desk'), 'desk'))
    const late = take('a', { hop: 1, event: 'decided' })
    await refuses(fixture.backend.commit([late]), 'conflict', { queue: 'desk', id: 'a' })
    await fixture.backend.commit(moving(await fixture.leaseOne('desk'), 'second'))
    await refuses(fixture.backend.commit([{ ...late, hop: 2 }]), 'conflict', { queue: 'desk', id: 'a' })
    assert.deepEqual(await fixture.leaseIds('second'), ['a'])
  })

  test('what is not there cannot be taken', async (fixture) => {
    await fixture.enter('a')
    await refuses(fixture.backend.commit([take('a')]), 'not_found', { queue: 'desk', id: 'a' })
    await refuses(fixture.backend.commit([take('missing')]), 'not_found', { queue: 'desk', id: 'missing' })
    await refuses(fixture.backend.commit([take('missing', { hop: 1 })]), 'not_found', { queue: 'desk' })
  })

  test('with `unheld` a message is taken only while it is not leased', async (fixture) => {
    await fixture.enter('a', { queue: 'desk' })
    const held = await fixture.leaseOne('desk')
    const mine = take('a', { unheld: true })
    await refuses(fixture.backend.commit([mine]), 'conflict', { queue: 'desk', id: 'a' })
    await fixture.backend.commit([{ kind: 'postpone', delayMs: 0, charge: false, ...fenceOf(held) }])
    await fixture.backend.commit([mine])
    await refuses(fixture.backend.commit([popping(held)]), 'lease_lost')
  })

  test('a claim that has run out does not stop a decision', async (fixture) => {
    await fixture.enter('a', { queue: 'desk' })
    await fixture.leaseOne('desk')
    await fixture.clock.advance(leaseMs)
    await fixture.backend.commit([take('a', { unheld: true, hop: 1 })])
    assert.equal(await fixture.backend.get('desk', 'a'), undefined)
  })
}
