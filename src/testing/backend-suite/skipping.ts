import assert from 'node:assert/strict'
import type { Change } from '../../queue/change.ts'
import { entering, fenceOf, moving, popping, refuses, usualQueues } from './fixture.ts'
import type { Test } from './suite.ts'

const take = (id: string, more: object = {}): Change => ({
  ...{ kind: 'take', queue: 'first', id, event: 'cancelled', ...more },
})
const onward = (id: string, hop: number): Change => ({
  ...{ kind: 'push', queue: 'second', value: { tag: 'Page' } },
  token: { id, hop, frames: [], priority: 0, deploy: 1 },
})

/** What `skip` lets pass changes nothing, and the receipt names it. */
export function skipping(test: Test): void {
  test('a commit passes over what cannot be taken or revived, and does all the rest', async (fixture) => {
    for (const id of ['here', 'held', 'moved', 'dead']) await fixture.enter(id)
    const held = await fixture.leaseOne('first', { ids: ['held'] })
    await fixture.backend.commit(moving(await fixture.leaseOne('first', { ids: ['moved'] }), 'second'))
    const dead = await fixture.leaseOne('first', { ids: ['dead'] })
    await fixture.backend.commit([{ kind: 'bury', ...fenceOf(dead) }])
    const skip = { skip: true, unheld: true, hop: 1 } as const
    const revive = (id: string): Change => ({ kind: 'revive', queue: 'first', id, skip: true })
    const receipt = await fixture.backend.commit([
      ...['here', 'held', 'moved', 'missing'].map((id) => take(id, skip)),
      ...['dead', 'held', 'missing'].map(revive),
    ])
    assert.deepEqual(receipt, { repeated: false, skipped: [1, 2, 3, 5, 6] })
    assert.deepEqual(await fixture.leaseIds('first'), ['dead'])
    assert.deepEqual(await fixture.leaseIds('second'), ['moved'])
    await fixture.backend.commit([popping(held)])
  })

  test('the push that was to follow is passed over too, and only that', async (fixture) => {
    for (const id of ['a', 'b']) await fixture.enter(id)
    await fixture.leaseOne('first', { ids: ['b'] })
    const changes = ['a', 'b'].flatMap((id) => [take(id, { skip: true, unheld: true }), onward(id, 2)])
    assert.deepEqual((await fixture.backend.commit(changes)).skipped, [2, 3])
    assert.deepEqual(await fixture.leaseIds('second'), ['a'])
    await refuses(fixture.backend.commit([onward('b', 2)]), 'conflict', { id: 'b' })
  })

  test('its queue need not have a taker any more', async (fixture) => {
    await fixture.enter('a')
    await fixture.leaseOne('first')
    await fixture.declare([usualQueues[0]!, usualQueues[2]!, usualQueues[3]!], 'v2')
    const changes = [take('a', { skip: true, unheld: true }), onward('a', 2), entering('b')]
    assert.deepEqual((await fixture.backend.commit(changes)).skipped, [0, 1])
    assert.deepEqual(await fixture.leaseIds('first'), ['b'])
  })

  test('an id that is known is passed over with `ignore`, and the receipt says so', async (fixture) => {
    await fixture.enter('a')
    const entry = (id: string) => entering(id, { enter: 'ignore' })
    const receipt = await fixture.backend.commit([entry('b'), entry('a'), entry('b')])
    assert.deepEqual(receipt, { repeated: false, skipped: [1, 2] })
  })

  test('a queue that is not there is refused all the same', async (fixture) => {
    await refuses(
      fixture.backend.commit([{ ...take('a', { skip: true }), queue: 'nowhere' } as Change]),
      'not_found',
    )
  })
}
