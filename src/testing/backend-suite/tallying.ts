import assert from 'node:assert/strict'
import type { TallyRequest } from '../../queue/tally.ts'
import { workflow } from './fixture.ts'
import type { Test } from './suite.ts'

/** Counting and leasing those that match a filter. */
export function tallying(test: Test): void {
  test('tallies are by queue, status, tag, or mark, the largest first', async (fixture) => {
    const { backend } = fixture
    for (const [n, tag] of ['Cat', 'Dog', 'Dog', 'Dog', 'Cow'].entries())
      await fixture.enter(`id-${n}`, { value: { tag }, marks: { tag, n, ...(n > 2 && { late: 1 }) } })
    await fixture.enter('plain', { queue: 'second', delayMs: 100, value: 1 })
    const of = async (request: TallyRequest) =>
      (await backend.tally(request)).tallies.map(({ value, count }) => [value, count])
    assert.deepEqual(await of({ workflow, by: 'queue' }), [
      ['first', 5],
      ['second', 1],
    ])
    assert.deepEqual(await of({ workflow, by: 'status' }), [
      ['ready', 5],
      ['delayed', 1],
    ])
    const byTag = [
      ['Dog', 3],
      ['Cat', 1],
      ['Cow', 1],
    ]
    assert.deepEqual(await of({ queue: 'first', by: 'tag' }), byTag)
    assert.deepEqual((await of({ workflow, by: 'tag' })).length, 4)
    assert.deepEqual(await of({ workflow, by: 'mark:tag' }), byTag)
    assert.deepEqual(await of({ workflow, by: 'mark:tag', limit: 1 }), byTag.slice(0, 1))
    assert.deepEqual(await of({ workflow, by: 'mark' }), [
      ['n', 5],
      ['tag', 5],
      ['late', 2],
    ])
    const only = { marks: { late: { any: [1] } } }
    assert.deepEqual(await of({ queue: 'first', by: 'mark:tag', only }), [
      ['Cow', 1],
      ['Dog', 1],
    ])
    assert.deepEqual(await of({ queue: 'first', by: 'mark:n', only }), [
      [3, 1],
      [4, 1],
    ])
    assert.deepEqual(await of({ queue: 'second' }), [[null, 1]])
    assert.deepEqual(await of({ workflow: 'unknown', by: 'tag' }), [])
  })

  test('a lease of those that match is in the order of any lease, and two get different ones', async (fixture) => {
    for (const [n, priority] of [0, 5, -1, 0, 0].entries())
      await fixture.enter(`id-${n}`, { priority, value: { n }, marks: n % 2 ? {} : { class: 'torn' } })
    const only = { marks: { class: { any: ['torn'] } } } as const
    const [one, two] = await Promise.all([
      fixture.leaseIds('first', { only, limit: 1, owner: 'person:ann' }),
      fixture.leaseIds('first', { only, limit: 1, owner: 'person:bob' }),
    ])
    assert.deepEqual([...one, ...two].sort(), ['id-0', 'id-2'])
    assert.deepEqual(await fixture.leaseIds('first', { only: { where: [{ path: 'n', is: 3 }] } }), ['id-3'])
    assert.deepEqual(await fixture.leaseIds('first', { only }), ['id-4'])
    assert.deepEqual(await fixture.leaseIds('first', { only }), [])
    assert.deepEqual(await fixture.leaseIds('first'), ['id-1'])
  })

  test('a lease finds by its filter what is due, and what comes in the same breath', async (fixture) => {
    const only = { marks: { class: { any: ['torn'] } } } as const
    await fixture.enter('late', { delayMs: 10, marks: { class: 'torn' } })
    await fixture.clock.advance(10)
    const [, ids] = await Promise.all([
      fixture.enter('new', { marks: { class: 'torn' } }),
      fixture.leaseIds('first', { only }),
    ])
    const rest = await fixture.leaseIds('first', { only })
    assert.deepEqual([...ids, ...rest].sort(), ['late', 'new'])
  })
}
