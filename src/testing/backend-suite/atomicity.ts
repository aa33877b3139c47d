import assert from 'node:assert/strict'
import type { Change } from '../../queue/change.ts'
import type { Fixture } from './fixture.ts'
import { entering, fenceOf, moving, popping, postponing, refuses, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

const lost = { kind: 'pop', event: 'discarded', queue: 'first', id: 'ghost', hop: 1, lease: 1 } as const

/** A commit is applied whole or not at all. */
export function atomicity(test: Test): void {
  test('when its last change is refused, nothing of a commit has happened', async (fixture) => {
    const changes = await oneOfEach(fixture)
    const before = await pictureOf(fixture)
    await refuses(fixture.backend.commit([...changes, lost]), 'lease_lost', { id: 'ghost' })
    assert.deepEqual(await pictureOf(fixture), before)
    assert.equal(await fixture.backend.journey(workflow, 'new'), undefined)
    await fixture.backend.commit(changes)
    assert.notDeepEqual(await pictureOf(fixture), before)
  })

  test('after a refused commit the same leases answer, and what was ready is leased', async (fixture) => {
    const changes = await oneOfEach(fixture)
    await fixture.enter('ready')
    await refuses(fixture.backend.commit([...changes, lost]), 'lease_lost')
    assert.equal((await fixture.backend.extend('worker', [])).strays.length, 4)
    assert.deepEqual(await fixture.leaseIds('first', { owner: 'other' }), ['ready'])
    await fixture.backend.commit(changes)
  })

  test('a message that a refused commit changed several times is as it was at first', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    const before = await pictureOf(fixture)
    const bury = { kind: 'bury', ...fenceOf(held) } as const
    const revive = { kind: 'revive', queue: 'first', id: 'a' } as const
    const replace = entering('a', { queue: 'second', enter: 'replace' })
    await refuses(fixture.backend.commit([bury, revive, replace, lost]), 'lease_lost', { id: 'ghost' })
    assert.deepEqual(await pictureOf(fixture), before)
    await fixture.backend.commit(moving(held, 'second'))
  })

  test('the error is that of the first change that is refused', async (fixture) => {
    await fixture.enter('a')
    const known = entering('a')
    await refuses(fixture.backend.commit([known, lost]), 'conflict', { id: 'a' })
    await refuses(fixture.backend.commit([lost, known]), 'lease_lost', { id: 'ghost' })
  })

  test('a refused commit takes no other down with it', async (fixture) => {
    await fixture.enter('known')
    const settled = await Promise.allSettled([
      fixture.enter('a'),
      fixture.backend.commit([entering('b'), lost]),
      fixture.enter('c'),
      fixture.enter('known'),
      fixture.backend.commit([entering('d'), entering('e')]),
    ])
    const wanted = ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']
    assert.deepEqual(
      settled.map(({ status }) => status),
      wanted,
    )
    assert.deepEqual([...(await fixture.leaseIds('first'))].sort(), ['a', 'c', 'd', 'e', 'known'])
  })

  test('of two answers at once under one lease, one is recorded', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    const answers = [moving(held, 'second'), moving(held, 'done'), [postponing(held)]]
    const settled = await Promise.allSettled(answers.map((changes) => fixture.backend.commit(changes)))
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal((await fixture.events('a')).length, 2)
    const rows = await Promise.all(
      ['first', 'second', 'done'].map((queue) => fixture.backend.get(queue, 'a')),
    )
    assert.equal(rows.filter(Boolean).length, 1)
  })

  test('changes apply in their order', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    const take = { kind: 'take', queue: 'second', id: 'a', event: 'cancelled' } as const
    await refuses(fixture.backend.commit([take, ...moving(held, 'second')]), 'not_found')
    await fixture.backend.commit([...moving(held, 'second'), take])
    assert.deepEqual(await fixture.events('a'), ['entered first', 'moved first', 'cancelled second'])
  })
}

/** Changes of every kind, each on a message of its own. */
async function oneOfEach(fixture: Fixture): Promise<readonly Change[]> {
  for (const id of ['moved', 'postponed', 'buried', 'worked']) await fixture.enter(id)
  const held = []
  for (let n = 0; n < 4; n++) held.push(await fixture.leaseOne('first'))
  const [moved, postponed, buried, worked] = held as [(typeof held)[0], ...typeof held]
  for (const id of ['taken', 'dead', 'replaced']) await fixture.enter(id, { queue: 'desk' })
  const dead = await fixture.leaseOne('desk', { ids: ['dead'], owner: 'person' })
  await fixture.backend.commit([{ kind: 'bury', ...fenceOf(dead) }])
  return [
    ...moving(moved, 'done'),
    postponing(postponed!, { delayMs: 10 }),
    { kind: 'bury', ...fenceOf(buried!) },
    { kind: 'remember', progress: { fraction: 0.5 }, ...fenceOf(worked!) },
    { kind: 'take', queue: 'desk', id: 'taken', event: 'cancelled' },
    { kind: 'revive', queue: 'desk', id: 'dead' },
    entering('replaced', { enter: 'replace' }),
    entering('new', { parent: 'moved' }),
    popping(worked!, { event: 'discarded' }),
  ]
}

/** All that can be seen. */
async function pictureOf({ backend }: Fixture): Promise<unknown> {
  const names = ['first', 'second', 'desk', 'done']
  const pages = await Promise.all(names.map((queue) => backend.list(queue)))
  const ids = pages.flatMap(({ rows }) => rows.map(({ id }) => id)).sort()
  const journeys = await Promise.all(ids.map((id) => backend.journey(workflow, id)))
  return { pages, journeys, counts: await backend.count() }
}
