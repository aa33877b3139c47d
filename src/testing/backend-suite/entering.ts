import assert from 'node:assert/strict'
import { entering as incoming, moving, popping, refuses, usualQueues, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

/** A push from outside can never make a second copy of a token. */
export function entering(test: Test): void {
  test('an id that is in any queue of the workflow is refused', async (fixture) => {
    await fixture.enter('a', { value: 'old' })
    for (const queue of ['first', 'second', 'done']) {
      await refuses(fixture.enter('a', { queue, value: 'new' }), 'conflict', { queue, id: 'a' })
    }
    assert.equal((await fixture.row('first', 'a')).value, 'old')
  })

  test('a leased, a delayed and a finished id are refused as well', async (fixture) => {
    await fixture.enter('leased')
    await fixture.leaseOne('first')
    await fixture.enter('delayed', { delayMs: 99 })
    await fixture.enter('done', { queue: 'done' })
    for (const id of ['leased', 'delayed', 'done']) await refuses(fixture.enter(id), 'conflict', { id })
  })

  test('an id that has left for good is still known', async (fixture) => {
    await fixture.enter('a')
    await fixture.backend.commit([popping(await fixture.leaseOne('first'), { event: 'discarded' })])
    await refuses(fixture.enter('a'), 'conflict', { id: 'a' })
    await fixture.enter('a', { enter: 'ignore' })
    assert.equal(await fixture.backend.get('first', 'a'), undefined)
    await fixture.enter('a', { enter: 'replace' })
    assert.equal((await fixture.leaseOne('first')).hop, 2)
  })

  test('a token that enters again has the parent that it is given then', async (fixture) => {
    await fixture.enter('a', { parent: 'mother' })
    await fixture.enter('a', { enter: 'replace', parent: 'aunt' })
    assert.equal((await fixture.backend.journey(workflow, 'a'))?.parent, 'aunt')
    const held = await fixture.leaseOne('first')
    assert.equal(held.parent, 'aunt')
    await fixture.backend.commit(moving(held, 'second'))
    await fixture.enter('a', { enter: 'replace' })
    assert.equal((await fixture.backend.journey(workflow, 'a'))?.parent, undefined)
  })

  test('with `ignore` a known id changes nothing, and a new one enters', async (fixture) => {
    await fixture.enter('a', { value: 'old' })
    await fixture.enter('a', { queue: 'second', value: 'new', enter: 'ignore' })
    assert.equal((await fixture.row('first', 'a')).value, 'old')
    assert.deepEqual(await fixture.counts('second'), { ready: 0, leased: 0, delayed: 0, dead: 0, waiting: 0 })
    assert.deepEqual(await fixture.events('a'), ['entered first'])
    await fixture.enter('b', { enter: 'ignore' })
    assert.equal((await fixture.row('first', 'b')).hop, 1)
  })

  test('with `replace` the old one is taken out wherever it is, under a new hop', async (fixture) => {
    await fixture.enter('a')
    await fixture.backend.commit(moving(await fixture.leaseOne('first'), 'second'))
    await fixture.enter('a', { value: 'new', enter: 'replace', actor: 'Ann', reason: 'a better scan' })
    assert.equal(await fixture.backend.get('second', 'a'), undefined)
    const { hop, value, attempts } = await fixture.row('first', 'a')
    assert.deepEqual({ hop, value, attempts }, { hop: 3, value: 'new', attempts: 0 })
    const events = ['entered first', 'moved first', 'replaced second', 'entered first']
    assert.deepEqual(await fixture.events('a'), events)
    const { lines } = (await fixture.backend.journey(workflow, 'a'))!
    assert.deepEqual(
      lines.map(({ hop }) => hop),
      [1, 1, 2, 3],
    )
    for (const { actor, reason } of lines.slice(-2))
      assert.deepEqual([actor, reason], ['Ann', 'a better scan'])
  })

  test('the worker of a token that was replaced in its own queue is refused', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    await fixture.enter('a', { enter: 'replace' })
    await refuses(fixture.backend.commit(moving(held, 'second')), 'lease_lost', { queue: 'first', id: 'a' })
    const again = await fixture.leaseOne('first')
    assert.equal(again.hop, 2)
    await refuses(fixture.backend.commit(moving(held, 'second')), 'lease_lost', { queue: 'first', id: 'a' })
  })

  test('a finished token enters again only with `replace`, and is then unfinished', async (fixture) => {
    await fixture.enter('a')
    await fixture.backend.commit(moving(await fixture.leaseOne('first'), 'done'))
    await fixture.enter('a', { enter: 'replace' })
    assert.equal((await fixture.row('first', 'a')).hop, 3)
    assert.equal(await fixture.backend.get('done', 'a'), undefined)
    assert.equal((await fixture.backend.journey(workflow, 'a'))?.finishedAt, undefined)
  })

  test('an unknown id enters with `replace` as with any other', async (fixture) => {
    await fixture.enter('a', { enter: 'replace' })
    assert.equal((await fixture.leaseOne('first')).hop, 1)
    assert.deepEqual(await fixture.events('a'), ['entered first'])
  })

  test('a token that has ended as a reply has stayed nowhere for it: its next stay has the next hop', async (fixture) => {
    await fixture.declare([...usualQueues, { name: 'replies', role: 'reply' }], 'v2')
    await fixture.enter('a')
    await fixture.backend.commit(moving(await fixture.leaseOne('first'), 'replies'))
    await fixture.enter('a', { enter: 'replace' })
    assert.equal((await fixture.leaseOne('first')).hop, 2)
  })

  test('two pushes of one id in one commit enter once, or not at all', async (fixture) => {
    const commit = fixture.backend.commit([incoming('a'), incoming('a', { queue: 'second' })])
    await refuses(commit, 'conflict', { queue: 'second', id: 'a' })
    assert.equal(await fixture.backend.journey(workflow, 'a'), undefined)
    await fixture.backend.commit([incoming('a'), incoming('a', { queue: 'second', enter: 'ignore' })])
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
    assert.deepEqual(await fixture.leaseIds('second'), [])
  })

  test('what has entered again in a commit cannot go on in it a second time', async (fixture) => {
    await fixture.enter('a')
    const [pop, push] = moving(await fixture.leaseOne('first'), 'second')
    const again = incoming('a', { queue: 'desk', enter: 'replace' })
    await refuses(fixture.backend.commit([pop!, again, push!]), 'conflict', { queue: 'second', id: 'a' })
    await fixture.backend.commit([pop!, again])
    assert.equal((await fixture.row('desk', 'a')).hop, 2)
  })

  test('of many that push one id at once, one succeeds', async (fixture) => {
    const pushes = Array.from({ length: 10 }, (_, n) => fixture.enter('a', { value: n }))
    const settled = await Promise.allSettled(pushes)
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.deepEqual(await fixture.counts('first'), { ready: 1, leased: 0, delayed: 0, dead: 0, waiting: 0 })
  })
}
