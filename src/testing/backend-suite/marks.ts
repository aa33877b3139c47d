import assert from 'node:assert/strict'
import type { Mark } from '../../queue/change.ts'
import type { Marks } from '../../queue/marks.ts'
import { entering, type Fixture, fenceOf, moving, popping, postponing, refuses, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

const mark = (id: string, set: Marks, more: Partial<Mark> = {}): Mark => ({
  ...{ kind: 'mark', queue: 'first', id, set, actor: 'ann', ...more },
})

/** Marks are facts of a stay: a push brings them, people change them, and they go with it. */
export function marks(test: Test): void {
  test('a message has the marks that its push brings, and the next stay has its own', async (fixture) => {
    await fixture.enter('a', { marks: { class: 'torn', pages: 7.5, none: null } })
    assert.deepEqual((await fixture.row('first', 'a')).marks, { class: 'torn', pages: 7.5 })
    const held = await fixture.leaseOne('first')
    const [leave, arrive] = moving(held, 'second')
    await fixture.backend.commit([leave!, { ...arrive!, marks: { class: 'bent' } } as never])
    assert.deepEqual((await fixture.row('second', 'a')).marks, { class: 'bent' })
    await fixture.backend.commit(moving(await fixture.leaseOne('second'), 'first'))
    assert.deepEqual((await fixture.row('first', 'a')).marks ?? {}, {})
  })

  test('a person sets and drops marks, also of what is leased, and its fence holds on', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a', { marks: { class: 'torn' } })
    const held = await fixture.leaseOne('first')
    await backend.commit([mark('a', { assignee: 'ann', due: 5 })])
    await backend.commit([mark('a', { assignee: 'bob', class: null }), mark('a', { due: -0 })])
    const row = await fixture.row('first', 'a')
    assert.deepEqual([row.marks, row.rev], [{ assignee: 'bob', due: 0 }, 3])
    await backend.commit([popping(held, { event: 'discarded' })])
  })

  test('the revision of a token grows with each change, and refuses who has not seen the last one', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a')
    await backend.commit([mark('a', { due: 1 }, { rev: 0 })])
    await refuses(backend.commit([mark('a', { due: 2 }, { rev: 0 })]), 'conflict', {
      queue: 'first',
      id: 'a',
    })
    const answers = await Promise.allSettled(
      [2, 3, 4].map((due) => backend.commit([mark('a', { due }, { rev: 1 })])),
    )
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1)
    await backend.commit(moving(await fixture.leaseOne('first'), 'second'))
    const { rev, marks } = await fixture.row('second', 'a')
    assert.deepEqual([rev, marks ?? {}], [2, {}])
    await refuses(backend.commit([mark('a', { due: 2 }, { queue: 'second', rev: 1 })]), 'conflict')
  })

  test('who marks what has moved on is refused, or passed over with `skip`', async (fixture) => {
    const { backend } = fixture
    for (const id of ['a', 'b']) await fixture.enter(id)
    await backend.commit(moving(await fixture.leaseOne('first'), 'second'))
    const wrong = [
      mark('a', { due: 1 }),
      mark('b', { due: 1 }, { hop: 2 }),
      mark('b', { due: 1 }, { rev: 7 }),
    ]
    for (const [i, code] of (['not_found', 'conflict', 'conflict'] as const).entries())
      await refuses(backend.commit([wrong[i]!]), code, { queue: 'first' })
    const skipping = wrong.map((each): Mark => ({ ...each, skip: true }))
    const { skipped } = await backend.commit([...skipping, mark('b', { due: 2 })])
    assert.deepEqual(skipped, [0, 1, 2])
    assert.deepEqual((await fixture.row('first', 'b')).marks, { due: 2 })
  })

  test('a change of marks leaves a line that says who, what and why', async (fixture) => {
    await fixture.enter('a')
    await fixture.backend.commit([mark('a', { due: 5, class: null }, { reason: 'urgent' })])
    const { lines } = (await fixture.backend.journey(workflow, 'a'))!
    const { event, actor, reason, fields, hop, queue } = lines.at(-1)!
    assert.deepEqual(
      { event, actor, reason, fields, hop, queue },
      {
        event: 'noted',
        actor: 'ann',
        reason: 'urgent',
        fields: { due: 5, class: null },
        hop: 1,
        queue: 'first',
      },
    )
  })

  test('a commit that is refused sets nothing', async (fixture) => {
    await fixture.enter('a', { marks: { class: 'torn' } })
    const ghost = mark('ghost', { due: 1 })
    await refuses(fixture.backend.commit([mark('a', { class: 'bent' }), ghost]), 'not_found')
    await refuses(fixture.backend.commit([entering('b', { marks: { class: 'new' } }), ghost]), 'not_found')
    const { marks, rev } = await fixture.row('first', 'a')
    assert.deepEqual([marks, rev], [{ class: 'torn' }, 0])
    assert.equal(await fixture.backend.get('first', 'b'), undefined)
  })

  test('marks stay while a message is leased, postponed and given back', async (fixture) => {
    await fixture.enter('a', { marks: { class: 'torn' } })
    await fixture.backend.commit([
      { ...postponing(await fixture.leaseOne('first')), error: undefined } as never,
    ])
    await fixture.crash('first')
    const held = await fixture.leaseOne('first')
    assert.equal((await fixture.row('first', 'a')).marks?.['class'], 'torn')
    await fixture.backend.commit([{ kind: 'bury', ...fenceOf(held) }])
    await fixture.backend.commit([{ kind: 'revive', queue: 'first', id: 'a' }])
    assert.equal((await fixture.row('first', 'a')).marks?.['class'], 'torn')
  })

  test('a token that enters once more has only the marks of its new push', async (fixture) => {
    await fixture.enter('a', { marks: { class: 'torn', due: 5 } })
    await fixture.enter('a', { enter: 'replace', marks: { due: 6 } })
    assert.deepEqual((await fixture.row('first', 'a')).marks, { due: 6 })
    await fixture.enter('a', { enter: 'replace' })
    assert.deepEqual((await fixture.row('first', 'a')).marks ?? {}, {})
  })

  test('messages that a declaration moves keep their marks', async (fixture) => {
    const stage = (name: string, tag: string) =>
      ({ name, role: 'stage', tags: [tag], was: ['first'] }) as const
    for (const tag of ['Cat', 'Dog']) await fixture.enter(tag, { value: { tag }, marks: { class: tag } })
    await fixture.declare(
      [
        stage('cats', 'Cat'),
        stage('dogs', 'Dog'),
        { name: 'second', role: 'stage' },
        { name: 'desk', role: 'review' },
      ],
      'v2',
    )
    for (const [queue, id] of [
      ['cats', 'Cat'],
      ['dogs', 'Dog'],
    ] as const) {
      assert.deepEqual((await fixture.row(queue, id)).marks, { class: id })
      assert.deepEqual(await marked(fixture, queue, id), [id])
    }
  })

  test('a mark that no backend could keep is refused', async (fixture) => {
    await fixture.enter('a')
    const odd: Record<string, unknown>[] = [
      ...['', 'a\0', '\ud800', 'x'.repeat(501), Number.NaN, Number.POSITIVE_INFINITY, true, {}].map(
        (value) => ({
          class: value,
        }),
      ),
      ...['', '1a', 'a b', 'ä', 'x'.repeat(65), 'print', 'source'].map((name) => ({ [name]: 1 })),
    ]
    for (const set of odd) {
      await refuses(fixture.backend.commit([mark('a', set as Marks)]), 'invalid')
      await refuses(fixture.backend.commit([entering('b', { marks: set as Marks })]), 'invalid')
    }
    await refuses(fixture.backend.commit([mark('a', {}, { rev: -1 })]), 'invalid')
    assert.equal((await fixture.row('first', 'a')).rev, 0)
  })
}

async function marked({ backend }: Fixture, queue: string, value: string): Promise<readonly string[]> {
  const { rows } = await backend.list(queue, { only: { marks: { class: { any: [value] } } } })
  return rows.map(({ id }) => id)
}
