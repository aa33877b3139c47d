import assert from 'node:assert/strict'
import type { Wait } from '../../queue/wait.ts'
import { letters, mailing, remembering, waiting } from './boxes.ts'
import { entering, moving, refuses, someFault, until, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

/** A message that waits is ready as soon as its box fulfils its wait, or its time is over: no wake-up is lost. */
export function waits(test: Test): void {
  test('a message waits until a letter comes, for ever if it has no delay', async (fixture) => {
    const { backend, clock } = fixture
    await fixture.enter('a')
    await backend.commit([waiting(await fixture.leaseOne('first'), 'paid')])
    assert.deepEqual(await fixture.counts('first'), { ...none, waiting: 1 })
    const { status, waits, dueAt } = await fixture.row('first', 'a')
    assert.deepEqual([status, dueAt], ['waiting', undefined])
    assert.deepEqual(waits?.for, [{ name: 'paid', count: 1, missing: 1 }])
    await clock.advance(100 * 86_400_000)
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await backend.commit([mailing('a', 'other')])
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await backend.commit([mailing('a', 'paid')])
    assert.deepEqual(await fixture.counts('first'), { ...none, ready: 1 })
    assert.equal((await fixture.row('first', 'a')).waits, undefined)
    const again = await fixture.leaseOne('first')
    assert.deepEqual([again.lease, again.attempts, again.suspect], [2, 0, false])
    assert.deepEqual(await fixture.events('a'), ['entered first', 'waiting first'])
  })

  test('a letter that is in the box already ends the wait at once, in whatever order they come', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a')
    await backend.commit([mailing('a', 'paid')])
    const held = await fixture.leaseOne('first')
    await backend.commit([waiting(held, 'paid')])
    const again = await fixture.leaseOne('first')
    await Promise.all([backend.commit([waiting(again, 'sent')]), backend.commit([mailing('a', 'sent')])])
    const third = await fixture.leaseOne('first')
    await Promise.all([backend.commit([mailing('a', 'seen')]), backend.commit([waiting(third, 'seen')])])
    await fixture.leaseOne('first')
  })

  test('a letter that is read does not end a later wait', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a')
    await backend.commit([mailing('a', 'x'), mailing('a', 'x', { key: 'k' })])
    const reads = (await letters(fixture, 'a')).map(({ seq }) => seq)
    const held = await fixture.leaseOne('first')
    await backend.commit([remembering(held, { reads }), waiting(held, 'x')])
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await backend.commit([mailing('a', 'x', { key: 'k' })])
    assert.deepEqual(await fixture.leaseIds('first'), [], 'its key is known')
    await backend.commit([mailing('a', 'x')])
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
  })

  test('a wait is for any of its names, and for as many letters as it says', async (fixture) => {
    const { backend } = fixture
    const wait: Wait = { for: [{ name: 'page', count: 3 }, { name: 'stop' }] }
    for (const id of ['a', 'b']) {
      await fixture.enter(id)
      await backend.commit([mailing(id, 'page')])
      await backend.commit([waiting(await fixture.leaseOne('first', { ids: [id] }), wait)])
    }
    await backend.commit([mailing('a', 'page', { key: 'k' }), mailing('a', 'page', { key: 'k' })])
    assert.deepEqual((await fixture.row('first', 'a')).waits?.for[0], { name: 'page', count: 3, missing: 1 })
    await Promise.all([
      backend.commit([mailing('a', 'page', { failure: someFault })]),
      backend.commit([mailing('b', 'stop')]),
    ])
    assert.deepEqual(await fixture.leaseIds('first'), ['a', 'b'])
  })

  test('with failFast one failure is enough', async (fixture) => {
    const { backend } = fixture
    const wait: Wait = { for: [{ name: 'page', count: 3 }], failFast: true }
    await fixture.enter('a')
    await backend.commit([waiting(await fixture.leaseOne('first'), wait)])
    await backend.commit([mailing('a', 'page'), mailing('a', 'other', { failure: someFault })])
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await backend.commit([mailing('a', 'page', { failure: someFault })])
    await backend.commit([waiting(await fixture.leaseOne('first'), wait)])
    assert.deepEqual(await fixture.leaseIds('first'), ['a'], 'also one that is there already')
  })

  test('a wait with a delay is over when its time is, for all readers at once', async (fixture) => {
    const { backend, clock } = fixture
    await fixture.enter('a')
    await backend.commit([waiting(await fixture.leaseOne('first'), 'paid', 500)])
    assert.equal((await fixture.row('first', 'a')).dueAt, clock.now() + 500)
    await clock.advance(499)
    assert.deepEqual(await fixture.leaseIds('first'), [])
    assert.deepEqual(await fixture.counts('first'), { ...none, waiting: 1 })
    await clock.advance(1)
    assert.deepEqual(await fixture.counts('first'), { ...none, ready: 1 })
    const { rows } = await backend.list('first', { only: { status: 'ready' } })
    assert.deepEqual(
      rows.map(({ id, status, waits }) => [id, status, waits]),
      [['a', 'ready', undefined]],
    )
    await backend.commit([waiting(await fixture.leaseOne('first'), 'paid', 0)])
    assert.deepEqual(await fixture.leaseIds('first'), ['a'], 'no time is over at once')
  })

  test('a letter ends a wait whose time has come only once', async (fixture) => {
    const { backend, clock } = fixture
    await fixture.enter('a')
    await backend.commit([waiting(await fixture.leaseOne('first'), 'paid', 500)])
    await clock.advance(500)
    await backend.commit([mailing('a', 'paid')])
    const held = await fixture.leaseOne('first')
    assert.equal((await letters(fixture, 'a')).length, 1)
    await backend.commit(moving(held, 'second'))
  })

  test('a message can wait as it comes to a queue, when it enters and when it hops', async (fixture) => {
    const { backend, clock } = fixture
    const wait: Wait = { for: [{ name: 'x' }] }
    await backend.commit([
      { ...entering('a'), wait, delayMs: 500 },
      { ...entering('b'), wait },
    ])
    assert.deepEqual(await fixture.counts('first'), { ...none, waiting: 2 })
    await clock.advance(500)
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
    await backend.commit([mailing('b', 'x'), mailing('b', 'y')])
    const held = await fixture.leaseOne('first')
    const [pop, push] = moving(held, 'second')
    await backend.commit([pop!, { ...push!, wait: { for: [{ name: 'z' }] } } as never])
    assert.deepEqual(await fixture.counts('second'), { ...none, waiting: 1 })
    await backend.commit([mailing('b', 'z')])
    const [leave, arrive] = moving(await fixture.leaseOne('second'), 'first')
    await backend.commit([leave!, { ...arrive!, wait: { for: [{ name: 'y' }] } } as never])
    assert.deepEqual(await fixture.leaseIds('first'), ['b'], 'its box came with it')
  })

  test('a message that waits is taken, replaced and revived as any other', async (fixture) => {
    const { backend } = fixture
    const wait: Wait = { for: [{ name: 'x' }] }
    const ids = ['taken', 'replaced', 'revived']
    await backend.commit(ids.map((id) => ({ ...entering(id), wait })))
    await backend.commit([
      { kind: 'take', queue: 'first', id: 'taken', event: 'cancelled' },
      entering('replaced', { enter: 'replace', queue: 'second' }),
      { kind: 'revive', queue: 'first', id: 'revived', actor: 'ann' },
    ])
    assert.deepEqual(await fixture.leaseIds('first'), ['revived'])
    assert.deepEqual(await fixture.leaseIds('second'), ['replaced'])
    await refuses(backend.commit([{ kind: 'revive', queue: 'first', id: 'revived' }]), 'conflict')
    assert.deepEqual(await fixture.events('revived'), ['entered first', 'revived first'])
  })

  test('what waits for something that was found is resolved, if it is still there', async (fixture) => {
    const { backend } = fixture
    const wait: Wait = { for: [{ name: 'x' }] }
    await backend.commit([
      { ...entering('a'), wait },
      { ...entering('b'), wait },
    ])
    const take = {
      kind: 'take',
      queue: 'first',
      hop: 1,
      unheld: true,
      skip: true,
      event: 'resolved',
    } as const
    const token = { hop: 2, frames: [], priority: 0, deploy: 1 }
    const on = (id: string) => ({ kind: 'push', queue: 'second', token: { id, ...token }, value: 1 }) as const
    const resolve = ['a', 'b', 'c'].flatMap((id) => [{ ...take, id }, on(id)])
    assert.deepEqual((await backend.commit(resolve)).skipped, [4, 5])
    assert.deepEqual((await backend.commit(resolve)).skipped, [0, 1, 2, 3, 4, 5])
    assert.deepEqual(await fixture.leaseIds('second'), ['a', 'b'])
    assert.deepEqual(await fixture.events('a'), ['entered first', 'resolved first'])
  })

  test('a delayed message is revived too: it is ready now', async (fixture) => {
    await fixture.enter('a', { delayMs: 9_999 })
    await fixture.backend.commit([{ kind: 'revive', queue: 'first', id: 'a' }])
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
  })

  test('a letter wakes those who wait for messages', async (fixture) => {
    const { backend } = fixture
    await backend.commit([{ ...entering('a'), wait: { for: [{ name: 'x' }] } }])
    const heard: (string | undefined)[] = []
    const stop = backend.watch((queue) => heard.push(queue))
    await fixture.clock.advance(1)
    heard.length = 0
    await backend.commit([mailing('a', 'x')])
    await until(() => heard.some((queue) => queue === 'first' || queue === undefined), 'a letter woke it')
    stop()
  })

  test('waits are listed by their status', async (fixture) => {
    const { backend } = fixture
    await backend.commit([entering('a'), { ...entering('b'), wait: { for: [{ name: 'x' }] } }])
    const { rows } = await backend.list('first', { only: { status: 'waiting' } })
    assert.deepEqual(
      rows.map(({ id }) => id),
      ['b'],
    )
    assert.equal((await backend.journey(workflow, 'b'))?.row?.status, 'waiting')
  })

  test('a wait that is none is refused', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    const odd: Wait[] = [
      { for: [] },
      { for: [{ name: '' }] },
      { for: [{ name: 'x' }, { name: 'x' }] },
      { for: Array.from({ length: 101 }, (_, n) => ({ name: `x${n}` })) },
      ...[0, -1, 1.5, Number.NaN].map((count) => ({ for: [{ name: 'x', count }] })),
    ]
    for (const wait of odd) {
      await refuses(fixture.backend.commit([waiting(held, wait)]), 'invalid', { id: 'a' })
      await refuses(fixture.backend.commit([{ ...entering('b'), wait }]), 'invalid', { id: 'b' })
    }
    const { wait: _, delayMs: __, ...postpone } = waiting(held, 'x')
    await refuses(fixture.backend.commit([postpone]), 'invalid', { id: 'a' })
    await fixture.backend.commit(moving(held, 'second'))
  })
}

const none = { ready: 0, leased: 0, delayed: 0, dead: 0, waiting: 0 }
