import assert from 'node:assert/strict'
import type { Change, Fence } from '../../queue/change.ts'
import { fenceOf, leaseMs, moving, popping, postponing, refuses } from './fixture.ts'
import type { Test } from './suite.ts'

/** Every kind of answer that needs a lease. */
function answers(fence: Fence): readonly Change[] {
  return [
    popping(fence, { event: 'discarded' }),
    postponing(fence),
    { kind: 'bury', ...fenceOf(fence) },
    { kind: 'remember', progress: { fraction: 0.5 }, ...fenceOf(fence) },
    { kind: 'accompany', ...fenceOf(fence) },
  ]
}

/** A late worker is refused, with every kind of answer. */
export function fences(test: Test): void {
  test('an answer without the lease is refused, of every kind', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    const wrong = [
      { ...held, lease: held.lease + 1 },
      { ...held, lease: held.lease - 1 },
      { ...held, hop: held.hop + 1 },
      { ...held, hop: held.hop - 1 },
      { ...held, id: 'b' },
      { ...held, queue: 'second' },
    ]
    for (const fence of wrong) {
      for (const answer of answers(fence)) {
        await refuses(fixture.backend.commit([answer]), 'lease_lost', { queue: fence.queue, id: fence.id })
      }
    }
    assert.deepEqual(await fixture.events('a'), ['entered first'])
    await fixture.backend.commit(moving(held, 'second'))
  })

  test('a message that is not leased cannot be answered', async (fixture) => {
    await fixture.enter('a')
    for (const lease of [0, 1]) {
      for (const answer of answers({ queue: 'first', id: 'a', hop: 1, lease })) {
        await refuses(fixture.backend.commit([answer]), 'lease_lost', { queue: 'first', id: 'a' })
      }
    }
  })

  test('an answer counts once', async (fixture) => {
    for (const [n, answer] of answers({ queue: 'first', id: 'x', hop: 1, lease: 1 }).entries()) {
      if (answer.kind === 'remember' || answer.kind === 'accompany') continue
      await fixture.enter(`id-${n}`)
      const held = await fixture.leaseOne('first', { ids: [`id-${n}`] })
      const mine = { ...answer, ...fenceOf(held) } as Change
      await fixture.backend.commit([mine])
      await refuses(fixture.backend.commit([mine]), 'lease_lost', { queue: 'first', id: `id-${n}` })
    }
  })

  test('a lease that ran out holds until another worker leases the message', async (fixture) => {
    await fixture.enter('a')
    const late = await fixture.leaseOne('first')
    await fixture.clock.advance(10 * leaseMs)
    await fixture.backend.commit(moving(late, 'second'))
    assert.deepEqual(await fixture.leaseIds('second'), ['a'])
  })

  test('a late worker cannot answer a message that another worker has leased since', async (fixture) => {
    await fixture.enter('a')
    const late = await fixture.leaseOne('first', { owner: 'late' })
    await fixture.clock.advance(leaseMs)
    const held = await fixture.leaseOne('first', { owner: 'next' })
    assert.ok(held.lease > late.lease)
    for (const answer of answers(late)) {
      await refuses(fixture.backend.commit([answer]), 'lease_lost', { queue: 'first', id: 'a' })
    }
    await fixture.backend.commit(moving(held, 'second'))
  })

  test('a late worker of an earlier visit cannot answer for the token that came back', async (fixture) => {
    await fixture.enter('a')
    const earlier = await fixture.leaseOne('first')
    await fixture.backend.commit(moving(earlier, 'first'))
    const later = await fixture.leaseOne('first')
    for (const answer of answers(earlier)) {
      await refuses(fixture.backend.commit([answer]), 'lease_lost', { queue: 'first', id: 'a' })
    }
    await fixture.backend.commit(moving(later, 'second'))
  })

  test('a lease that the queue has found expired does not hold, even before the message is leased again', async (fixture) => {
    await fixture.enter('a')
    const late = await fixture.leaseOne('first')
    await fixture.clock.advance(leaseMs)
    assert.deepEqual(await fixture.leaseIds('first', { suspects: 'exclude' }), [])
    await refuses(fixture.backend.commit([popping(late)]), 'lease_lost', { queue: 'first', id: 'a' })
  })
}
