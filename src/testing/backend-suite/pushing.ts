import assert from 'node:assert/strict'
import { entering, moving, refuses, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

/** What comes out is what went in, in the order in which it is wanted. */
export function pushing(test: Test): void {
  test('a pushed message comes out as it went in', async (fixture) => {
    const value = { tag: 'Book', pages: [1, 2.5, -3], title: 'Ö', nothing: null, deep: { yes: true } }
    const frames = [{ outer: 1 }, ['inner', null]]
    await fixture.enter('a', { value, frames, priority: 7, deploy: 3, parent: 'mother' })
    const [leased] = await fixture.lease('first')
    assert.deepEqual(
      { ...leased },
      {
        ...{ id: 'a', hop: 1, value, frames, priority: 7, deploy: 3, parent: 'mother' },
        ...{ lease: leased!.lease, attempts: 0, crashes: 0, suspect: false },
      },
    )
  })

  test('a value is kept as it was when it was pushed', async (fixture) => {
    const value = { list: [1] }
    const pushed = fixture.enter('a', { value })
    value.list.push(2)
    await pushed
    const [leased] = await fixture.lease('first')
    ;(leased!.value as { list: number[] }).list.push(3)
    const row = await fixture.row('first', 'a')
    const { list } = row.value as { list: number[] }
    assert.ok(list.length < 3 && !list.includes(3), `what is stored was changed from outside: ${list}`)
  })

  test('a lease and a commit may be of more than 10,000 messages', async (fixture) => {
    await fixture.enter('a')
    const ids = ['a', ...Array.from({ length: 10_000 }, (_, n) => `id-${n}`)]
    assert.deepEqual(await fixture.leaseIds('first', { limit: ids.length, ids }), ['a'])
    const pops = ids.map(
      (id) => ({ kind: 'pop', event: 'popped', queue: 'first', id, hop: 9, lease: 9 }) as const,
    )
    await assert.rejects(fixture.backend.commit(pops), { code: 'lease_lost' })
  })

  test('any JSON value is a value', async (fixture) => {
    for (const [n, value] of [null, true, 0, -0.5, 1e300, '', 'text', [], {}, [[[]]]].entries()) {
      await fixture.enter(`id-${n}`, { value })
      assert.deepEqual((await fixture.row('first', `id-${n}`)).value, value)
    }
  })

  test('a smaller priority is leased sooner, negative ones first of all', async (fixture) => {
    for (const priority of [5, -1, 0, 10, -20, 3]) await fixture.enter(`p${priority}`, { priority })
    assert.deepEqual(await fixture.leaseIds('first'), ['p-20', 'p-1', 'p0', 'p3', 'p5', 'p10'])
  })

  test('within a priority the oldest is leased first', async (fixture) => {
    const ids = Array.from({ length: 30 }, (_, n) => `id-${n}`)
    for (const id of ids) await fixture.enter(id)
    assert.deepEqual(await fixture.leaseIds('first', { limit: 10 }), ids.slice(0, 10))
    assert.deepEqual(await fixture.leaseIds('first', { limit: 100 }), ids.slice(10))
  })

  test('a delayed push is hidden until its time, and then takes its place by priority', async (fixture) => {
    await fixture.enter('late', { delayMs: 2_000, priority: -1 })
    await fixture.enter('now')
    assert.deepEqual(await fixture.counts('first'), { ready: 1, leased: 0, delayed: 1, dead: 0, waiting: 0 })
    assert.equal((await fixture.row('first', 'late')).dueAt, fixture.clock.now() + 2_000)
    assert.deepEqual(await fixture.leaseIds('first', { limit: 1, leaseMs: 10_000, timeoutMs: 10_000 }), [
      'now',
    ])
    await fixture.clock.advance(1_999)
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await fixture.enter('other')
    await fixture.clock.advance(1)
    assert.deepEqual(await fixture.leaseIds('first'), ['late', 'other'])
  })

  test('a hop puts the token into the next queue under the next number', async (fixture) => {
    await fixture.enter('a', { value: 'before' })
    const held = await fixture.leaseOne('first')
    await fixture.backend.commit(moving(held, 'second', 'after'))
    assert.equal(await fixture.backend.get('first', 'a'), undefined)
    const { hop, value, attempts, status } = await fixture.row('second', 'a')
    assert.deepEqual(
      { hop, value, attempts, status },
      { hop: 2, value: 'after', attempts: 0, status: 'ready' },
    )
  })

  test('a token can come back to the queue it has just left', async (fixture) => {
    await fixture.enter('a', { value: 0 })
    for (let round = 1; round <= 3; round++) {
      const held = await fixture.leaseOne('first')
      assert.deepEqual([held.hop, held.value], [round, round - 1])
      await fixture.backend.commit(moving(held, 'first', round))
    }
    assert.deepEqual(await fixture.counts('first'), { ready: 1, leased: 0, delayed: 0, dead: 0, waiting: 0 })
  })

  test('a hop may be delayed', async (fixture) => {
    await fixture.enter('a')
    const [pop, push] = moving(await fixture.leaseOne('first'), 'second')
    await fixture.backend.commit([pop!, { ...push!, delayMs: 500 } as typeof push & object])
    assert.deepEqual(await fixture.leaseIds('second'), [])
    await fixture.clock.advance(500)
    assert.deepEqual(await fixture.leaseIds('second'), ['a'])
  })

  test('a push without `enter` needs that the token has left a queue in the same commit', async (fixture) => {
    await fixture.enter('a')
    const [pop, push] = moving(await fixture.leaseOne('first'), 'second')
    for (const queue of ['first', 'second']) {
      await refuses(fixture.backend.commit([{ ...push!, queue } as typeof push & object]), 'conflict', {
        queue,
      })
    }
    await refuses(fixture.backend.commit([push!, pop!]), 'conflict', { queue: 'second', id: 'a' })
    await refuses(fixture.backend.commit([pop!, push!, push!]), 'conflict', { queue: 'second', id: 'a' })
    assert.deepEqual(await fixture.events('a'), ['entered first'])
    await fixture.backend.commit([pop!, push!])
    assert.deepEqual(await fixture.events('a'), ['entered first', 'moved first'])
  })

  test('an empty commit does nothing', async (fixture) => {
    await fixture.backend.commit([])
    assert.equal(await fixture.backend.journey(workflow, 'a'), undefined)
  })

  test('a commit may bring several new tokens, children of one that it moves among them', async (fixture) => {
    await fixture.enter('mother')
    const held = await fixture.leaseOne('first')
    const children = ['x', 'y'].map((id) => entering(id, { parent: 'mother' }))
    await fixture.backend.commit([...moving(held, 'second'), ...children])
    assert.deepEqual(await fixture.leaseIds('first'), ['x', 'y'])
    assert.equal((await fixture.backend.journey(workflow, 'x'))?.parent, 'mother')
    assert.deepEqual(await fixture.leaseIds('second'), ['mother'])
  })
}
