import assert from 'node:assert/strict'
import type { Change } from '../../queue/change.ts'
import type { Wait } from '../../queue/wait.ts'
import { child, declareReplies, finish, letters, mailing, waiting } from './boxes.ts'
import { entering, type Fixture, fenceOf, moving, popping, refuses, someFault, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

const pages = (count: number, failFast?: true): Wait => ({ for: [{ name: 'page', count }], failFast })

/** A token with a reply ends as one letter to its parent, in the commit in which it ends. */
export function replies(test: Test): void {
  const testReplies: Test = (name, body) =>
    test(name, async (fixture) => {
      await declareReplies(fixture)
      await body(fixture)
    })

  testReplies(
    'a push into a reply queue stores no message: the token has left, and its parent has a letter',
    async (fixture) => {
      const { backend, clock } = fixture
      const parent = await parentOf(fixture, ['p-1', 'p-2'], pages(2))
      await finish(fixture, 'p-1')
      assert.equal(await backend.get('replies', 'p-1'), undefined)
      assert.deepEqual(await fixture.counts('replies'), none)
      const journey = (await backend.journey(workflow, 'p-1'))!
      assert.deepEqual(
        [journey.queue, journey.outcome, journey.finishedAt, journey.lines.at(-1)?.to],
        [undefined, 'done', clock.now(), 'replies'],
      )
      const [letter, ...more] = await letters(fixture, 'book')
      assert.deepEqual(more, [])
      const { name, key, hop, value, from } = letter!
      assert.deepEqual([name, key, hop, value, from], ['page', 'p-1', parent.hop, 'of p-1', 'p-1'])
      assert.deepEqual((await fixture.row('first', 'book')).waits?.for, [
        { name: 'page', count: 2, missing: 1 },
      ])
      await finish(fixture, 'p-2')
      assert.deepEqual(await fixture.leaseIds('first'), ['book'])
      assert.equal((await letters(fixture, 'book')).length, 2)
    },
  )

  testReplies('a token that enters a reply queue has left at once', async (fixture) => {
    const { backend } = fixture
    const book = await parentOf(fixture, [], pages(1))
    await backend.commit([{ ...child(book, 'p', { queue: 'replies' }), value: 7 }])
    assert.deepEqual(
      (await letters(fixture, 'book')).map(({ value }) => value),
      [7],
    )
    assert.equal((await backend.journey(workflow, 'p'))?.outcome, 'done')
    await backend.commit([entering('no child', { queue: 'replies' })])
    assert.equal((await backend.journey(workflow, 'no child'))?.outcome, 'done')
    await refuses(backend.commit([entering('p', { queue: 'first' })]), 'conflict', { id: 'p' })
  })

  testReplies(
    'many children end in one turn, and their parent is ready when the last has',
    async (fixture) => {
      const { backend } = fixture
      const ids = Array.from({ length: 70 }, (_, n) => `p-${n}`)
      await parentOf(fixture, ids, pages(70))
      const held = await fixture.lease('second', { limit: 100 })
      const ends = held.map((each) => moving({ ...each, queue: 'second' }, 'replies', each.id))
      await Promise.all(ends.slice(0, 69).map((changes) => backend.commit(changes)))
      assert.deepEqual((await fixture.row('first', 'book')).waits?.for, [
        { name: 'page', count: 70, missing: 1 },
      ])
      await backend.commit(ends[69]!)
      assert.deepEqual(await fixture.leaseIds('first'), ['book'])
      assert.equal(new Set((await letters(fixture, 'book')).map(({ from }) => from)).size, 70)
    },
  )

  testReplies(
    'a reply to a stay that has ended, or to a token that has left, is dropped',
    async (fixture) => {
      const { backend } = fixture
      await fixture.enter('book')
      const book = await fixture.leaseOne('first')
      await backend.commit(['p-1', 'p-2'].map((id) => child(book, id, { queue: 'second' })))
      await backend.commit(moving(book, 'desk'))
      await finish(fixture, 'p-1')
      assert.deepEqual(await letters(fixture, 'book'), [])
      await backend.commit([{ kind: 'take', queue: 'desk', id: 'book', event: 'cancelled' }])
      await finish(fixture, 'p-2')
      assert.equal((await backend.journey(workflow, 'p-2'))?.outcome, 'done')
    },
  )

  testReplies('a child that is cancelled or discarded or replaced says so, once', async (fixture) => {
    const { backend } = fixture
    await parentOf(fixture, ['p-1', 'p-2', 'p-3'], pages(9))
    const reason = 'It is not wanted.'
    await backend.commit([{ kind: 'take', queue: 'second', id: 'p-1', event: 'cancelled', reason }])
    const held = await fixture.leaseOne('second', { ids: ['p-2'] })
    await backend.commit([popping(held, { event: 'discarded' })])
    await backend.commit([entering('p-3', { enter: 'replace', queue: 'second' })])
    const found = await letters(fixture, 'book')
    assert.deepEqual(
      found.map(({ from, failure, value }) => [from, failure?.code, value]),
      [
        ['p-1', 'cancelled', undefined],
        ['p-2', 'discarded', undefined],
        ['p-3', 'replaced', undefined],
      ],
    )
    assert.match(found[0]!.failure!.message, /It is not wanted/)
    await finish(fixture, 'p-3')
    assert.equal((await letters(fixture, 'book')).length, 3, 'what has entered anew owes nothing')
  })

  testReplies('a child that is taken and goes on has not left', async (fixture) => {
    const { backend } = fixture
    await parentOf(fixture, ['p-1'], pages(1))
    const token = { id: 'p-1', hop: 2, frames: [], priority: 0, deploy: 1 }
    await backend.commit([
      { kind: 'take', queue: 'second', id: 'p-1', event: 'decided' },
      { kind: 'push', queue: 'second', token, value: 1 },
    ])
    assert.deepEqual(await letters(fixture, 'book'), [])
    await finish(fixture, 'p-1')
    assert.equal((await letters(fixture, 'book')).length, 1)
  })

  testReplies('a child that leaves an output says that it has no reply', async (fixture) => {
    const { backend } = fixture
    await parentOf(fixture, ['p-1'], pages(1))
    await backend.commit(moving(await fixture.leaseOne('second'), 'done'))
    assert.deepEqual(await letters(fixture, 'book'), [])
    await backend.commit([popping(await fixture.leaseOne('done'), { event: 'popped' })])
    assert.deepEqual(
      (await letters(fixture, 'book')).map(({ failure }) => failure?.code),
      ['popped'],
    )
  })

  testReplies('a dead child says nothing, and is shown; revived it still reports', async (fixture) => {
    const { backend } = fixture
    await parentOf(fixture, ['p-1', 'p-2'], pages(2))
    await bury(fixture, 'p-1')
    assert.deepEqual(await letters(fixture, 'book'), [])
    const family = (await backend.family(workflow, 'book'))!
    assert.deepEqual(family.children, { ...none, ready: 1, dead: 1, left: 0 })
    assert.deepEqual(family.dead, [{ id: 'p-1', queue: 'second', error: someFault, owes: true }])
    await backend.commit([{ kind: 'revive', queue: 'second', id: 'p-1' }])
    await finish(fixture, 'p-1')
    await finish(fixture, 'p-2')
    assert.deepEqual(await fixture.leaseIds('first'), ['book'])
  })

  testReplies(
    'a dead child reports if its reply says so, or its parent fails fast; and then not again',
    async (fixture) => {
      const { backend } = fixture
      for (const [id, wait, settle] of [
        ['settling', pages(2), true],
        ['fast', pages(2, true), undefined],
      ] as const) {
        await fixture.enter(id)
        const parent = await fixture.leaseOne('first', { ids: [id] })
        const children = ['1', '2'].map((n) => child(parent, `${id}-${n}`, { queue: 'second', settle }))
        await backend.commit([...children, waiting(parent, wait)])
        await bury(fixture, `${id}-1`)
        const [letter] = await letters(fixture, id)
        assert.deepEqual([letter?.from, letter?.failure], [`${id}-1`, someFault])
        assert.equal((await fixture.leaseIds('first')).length, id === 'fast' ? 1 : 0)
        assert.equal((await backend.family(workflow, id))!.dead[0]?.owes, false)
        await backend.commit([{ kind: 'revive', queue: 'second', id: `${id}-1` }])
        await finish(fixture, `${id}-1`)
        assert.equal((await letters(fixture, id)).length, 1, 'its second letter is dropped')
      }
    },
  )

  testReplies(
    'a parent that comes to rest and fails fast hears of a child that is dead already',
    async (fixture) => {
      const { backend } = fixture
      await fixture.enter('book')
      const book = await fixture.leaseOne('first')
      await backend.commit(['p-1', 'p-2'].map((id) => child(book, id, { queue: 'second' })))
      await bury(fixture, 'p-1')
      assert.deepEqual(await letters(fixture, 'book'), [])
      await backend.commit([waiting(book, pages(2, true))])
      assert.deepEqual(await fixture.leaseIds('first'), ['book'])
      assert.deepEqual(
        (await letters(fixture, 'book')).map(({ from }) => from),
        ['p-1'],
      )
    },
  )

  testReplies('a reply queue takes a fault instead of a value', async (fixture) => {
    const { backend } = fixture
    await parentOf(fixture, ['p-1'], pages(1))
    const [pop, push] = moving(await fixture.leaseOne('second'), 'replies')
    await backend.commit([pop!, { ...push!, dead: someFault } as Change])
    const [letter] = await letters(fixture, 'book')
    assert.deepEqual([letter?.value, letter?.failure], [undefined, someFault])
  })

  testReplies('a child is refused once the stay of its parent is gone', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('book')
    const book = await fixture.leaseOne('first')
    await backend.commit([child(book, 'p-1', { queue: 'second' })])
    await backend.commit([{ kind: 'take', queue: 'first', id: 'book', event: 'cancelled' }])
    await refuses(backend.commit([child(book, 'p-2')]), 'conflict', { id: 'p-2' })
    await fixture.enter('book', { enter: 'replace' })
    await refuses(backend.commit([child(book, 'p-2')]), 'conflict', { id: 'p-2' })
    await refuses(backend.commit([child({ ...book, id: 'ghost' }, 'p-2')]), 'conflict', { id: 'p-2' })
    assert.deepEqual(await fixture.leaseIds('second'), ['p-1'])
  })

  testReplies(
    'taking a token with its descendants takes those that owe it a reply, and theirs',
    async (fixture) => {
      const { backend } = fixture
      const book = await parentOf(fixture, ['p-1', 'p-2'], pages(2))
      const page = await fixture.leaseOne('second', { ids: ['p-1'] })
      await backend.commit([
        child(page, 'line', { queue: 'second' }),
        entering('free', { queue: 'second', parent: 'book' }),
        waiting(page, 'page'),
      ])
      await finish(fixture, 'p-2')
      const take = { kind: 'take', queue: 'first', id: 'book', event: 'cancelled', descend: true } as const
      await backend.commit([{ ...take, hop: book.hop, actor: 'ann', reason: 'why' }])
      for (const id of ['book', 'p-1', 'line'])
        assert.equal((await backend.journey(workflow, id))?.outcome, 'cancelled', id)
      const line = (await backend.journey(workflow, 'line'))!.lines.at(-1)!
      assert.deepEqual([line.event, line.actor, line.reason], ['cancelled', 'ann', 'why'])
      assert.deepEqual(await fixture.leaseIds('second'), ['free'])
      await refuses(backend.commit([take]), 'not_found', { id: 'book' })
      assert.deepEqual((await backend.commit([{ ...take, skip: true }])).skipped, [0])
    },
  )

  testReplies('of many descendants the same change takes the rest, until none is left', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('book')
    const book = await fixture.leaseOne('first')
    const ids = Array.from({ length: 1100 }, (_, n) => `p-${n}`)
    await backend.commit([
      ...ids.map((id) => child(book, id, { queue: 'second' })),
      waiting(book, pages(1100)),
    ])
    const below = await fixture.leaseOne('second', { ids: ['p-0'] })
    await backend.commit([child(below, 'line', { queue: 'second' }), waiting(below, 'page')])
    const take = { kind: 'take', queue: 'first', id: 'book', event: 'cancelled', descend: true } as const
    await backend.commit([take])
    assert.equal(await backend.get('first', 'book'), undefined)
    assert.equal((await fixture.counts('second')).ready, 101)
    await backend.commit([take])
    assert.deepEqual(await fixture.counts('second'), { ...none })
    await refuses(backend.commit([take]), 'not_found')
  })

  testReplies('a message can be dead as it comes', async (fixture) => {
    const { backend } = fixture
    await backend.commit([{ ...entering('a'), dead: someFault }])
    const { status, error } = await fixture.row('first', 'a')
    assert.deepEqual([status, error], ['dead', someFault])
    assert.deepEqual(await fixture.leaseIds('first'), [])
    assert.deepEqual(await fixture.events('a'), ['entered first', 'buried first'])
    await backend.commit([{ kind: 'revive', queue: 'first', id: 'a' }])
    const [pop, push] = moving(await fixture.leaseOne('first'), 'second')
    await backend.commit([pop!, { ...push!, dead: someFault } as Change])
    assert.deepEqual(await fixture.counts('second'), { ...none, dead: 1 })
  })

  testReplies('a family is counted, and its dead are read in pages', async (fixture) => {
    const { backend } = fixture
    await parentOf(fixture, ['p-1', 'p-2', 'p-3', 'p-4'], pages(9))
    for (const id of ['p-1', 'p-2', 'p-3']) await bury(fixture, id)
    await finish(fixture, 'p-4')
    const first = (await backend.family(workflow, 'book', { limit: 2 }))!
    assert.deepEqual(first.children, { ...none, dead: 3, left: 1 })
    const second = (await backend.family(workflow, 'book', { limit: 2, after: first.next }))!
    assert.deepEqual(
      [first, second].map(({ dead }) => dead.map(({ id }) => id)),
      [['p-1', 'p-2'], ['p-3']],
    )
    assert.equal(second.next, undefined)
    assert.equal(await backend.family(workflow, 'ghost'), undefined)
    for (const page of [{ limit: 0 }, { after: 'odd' }])
      await refuses(backend.family(workflow, 'book', page), 'invalid', { id: 'book' })
  })

  testReplies('a reply that no backend could send is refused', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('book')
    const book = await fixture.leaseOne('first')
    const good = child(book, 'p')
    const { enter: _, ...hop } = good
    const odd: Change[] = [
      ...[{ name: '' }, { key: '' }, { hop: -1 }, { workflow: '' }].map((each) => child(book, 'p', each)),
      hop,
      { ...good, parentHop: 1.5 },
      { ...entering('p'), parentHop: 1 },
      { ...good, dead: someFault, delayMs: 5 },
      { ...good, dead: someFault, wait: pages(1) },
    ]
    for (const each of odd) await refuses(backend.commit([each]), 'invalid', { id: 'p' })
    const take = { kind: 'take', queue: 'first', id: 'book', event: 'decided', descend: true } as const
    await refuses(backend.commit([take]), 'invalid', { id: 'book' })
    await backend.commit([mailing('book', 'x')])
  })
}

const none = { ready: 0, leased: 0, delayed: 0, dead: 0, waiting: 0 }

/** Lets the token `book` enter, make children, and rest. */
async function parentOf(fixture: Fixture, children: readonly string[], wait: Wait) {
  await fixture.enter('book')
  const book = await fixture.leaseOne('first', { ids: ['book'] })
  const pushes = children.map((id) => child(book, id, { queue: 'second' }))
  await fixture.backend.commit([...pushes, waiting(book, wait)])
  return book
}

async function bury(fixture: Fixture, id: string): Promise<void> {
  const held = await fixture.leaseOne('second', { ids: [id] })
  await fixture.backend.commit([{ kind: 'bury', ...fenceOf(held), error: someFault }])
}
