import assert from 'node:assert/strict'
import type { Filter } from '../../queue/filter.ts'
import { entering, type Fixture, leaseMs, moving, postponing, refuses } from './fixture.ts'
import type { Test } from './suite.ts'

const mark = { kind: 'mark', queue: 'first', set: {}, actor: 'ann' } as const

/** Messages are found by the words of the text that they were given. */
export function texts(test: Test): void {
  test('a message is found by the words of its text, whatever their case and accents', async (fixture) => {
    await fixture.enter('a', { text: 'The cover is TORN; page seven was missing.' })
    await fixture.enter('b', { text: 'Der Übertrag von Seite 7 fehlt', marks: { class: 'x' } })
    await fixture.enter('c')
    for (const [text, ids] of [
      ['torn', ['a']],
      ['Torn COVER', ['a']],
      ['cover seite', []],
      ['ubertrag', ['b']],
      ['über*', ['b']],
      ['over', []],
      ['"page seven"', ['a']],
      ['"seven page"', []],
      ['"page sev"*', ['a']],
      ['7', ['b']],
    ] as const)
      assert.deepEqual(await found(fixture, text), ids, text)
    assert.deepEqual(await found(fixture, 'fehlt', { marks: { class: { any: ['x'] } } }), ['b'])
    assert.deepEqual(await found(fixture, 'fehlt', { marks: { class: { none: ['x'] } } }), [])
  })

  test('what a person writes is never syntax', async (fixture) => {
    await fixture.enter('a', { text: 'NOT a column: words, (near) or "far"' })
    for (const text of [
      'words: a',
      'NOT words',
      '(near',
      'a OR zebra',
      'words AND',
      '^not',
      "'a",
      '-a',
      '"far',
      'near*',
    ])
      assert.deepEqual(
        await found(fixture, text),
        text.includes('zebra') || / AND/.test(text) ? [] : ['a'],
        text,
      )
  })

  test('the text goes with the stay, and lasts as long as that', async (fixture) => {
    await fixture.enter('a', { text: 'torn' })
    await fixture.backend.commit([postponing(await fixture.leaseOne('first'))])
    await fixture.crash('first')
    assert.deepEqual(await found(fixture, 'torn'), ['a'])
    const [pop, push] = moving(await fixture.leaseOne('first'), 'first')
    await fixture.backend.commit([pop!, push!])
    assert.deepEqual(await found(fixture, 'torn'), [])
    const [again, onward] = moving(await fixture.leaseOne('first'), 'first')
    await fixture.backend.commit([again!, { ...onward!, text: 'bent' } as never])
    assert.deepEqual([await found(fixture, 'torn'), await found(fixture, 'bent')], [[], ['a']])
    await fixture.enter('a', { text: 'new', enter: 'replace' })
    assert.deepEqual([await found(fixture, 'bent'), await found(fixture, 'new')], [[], ['a']])
    await fixture.enter('a', { enter: 'replace', marks: { class: 'x' } })
    assert.deepEqual(await found(fixture, 'new'), [])
  })

  test('a person gives a message another text, or none', async (fixture) => {
    await fixture.enter('a', { text: 'torn' })
    await fixture.enter('b')
    await fixture.backend.commit([{ ...mark, id: 'b', text: 'torn too' }])
    assert.deepEqual(await found(fixture, 'torn'), ['a', 'b'])
    await fixture.backend.commit([{ ...mark, id: 'a', text: 'whole', set: { class: 'x' } }])
    assert.deepEqual([await found(fixture, 'torn'), await found(fixture, 'whole')], [['b'], ['a']])
    assert.deepEqual((await fixture.row('first', 'a')).rev, 1)
    await fixture.backend.commit([{ ...mark, id: 'a', set: { class: null } }])
    assert.deepEqual(await found(fixture, 'whole'), ['a'])
    await fixture.backend.commit([{ ...mark, id: 'a', text: null }])
    await fixture.backend.commit([{ ...mark, id: 'b', text: '...' }])
    assert.deepEqual([await found(fixture, 'torn'), await found(fixture, 'whole')], [[], []])
  })

  test('a commit that is refused writes no text', async (fixture) => {
    await fixture.enter('a', { text: 'torn' })
    const wrong = [{ ...mark, id: 'a', text: 'bent' }, entering('b', { text: 'bent' }), entering('a')]
    await refuses(fixture.backend.commit(wrong), 'conflict')
    assert.deepEqual([await found(fixture, 'torn'), await found(fixture, 'bent')], [['a'], []])
  })

  test('a text goes with the queue that is renamed or split', async (fixture) => {
    await fixture.enter('a', { text: 'torn', value: { tag: 'A' } })
    await fixture.enter('b', { text: 'torn', value: { tag: 'B' } })
    await fixture.declare(
      [
        { name: 'third', role: 'stage', was: ['first'], tags: ['A'] },
        { name: 'fourth', role: 'stage', was: ['first'], tags: ['B'] },
      ],
      'v2',
    )
    assert.deepEqual(await found(fixture, 'torn', {}, 'third'), ['a'])
    assert.deepEqual(await found(fixture, 'torn', {}, 'fourth'), ['b'])
  })

  test('leases, tallies and pages of a workflow go by the words too', async (fixture) => {
    for (const id of ['a', 'b', 'c']) await fixture.enter(id, { text: id === 'b' ? 'whole' : 'torn' })
    const only = { text: 'torn' }
    const { tallies } = await fixture.backend.tally({ queue: 'first', only })
    assert.deepEqual(
      tallies.map(({ count }) => count),
      [2],
    )
    const { rows } = await fixture.backend.list({ workflow: 'shop' }, { only })
    assert.deepEqual(
      rows.map(({ id }) => id),
      ['a', 'c'],
    )
    assert.deepEqual(await fixture.leaseIds('first', { only }), ['a', 'c'])
    await fixture.clock.advance(leaseMs)
  })

  test('a text that is none, and a search for no word, are refused', async (fixture) => {
    for (const text of [7 as never, 'x'.repeat(10_001)]) {
      await refuses(fixture.backend.commit([entering('a', { text })]), 'invalid')
      await refuses(fixture.backend.commit([{ ...mark, id: 'a', text }]), 'invalid')
    }
    for (const text of ['', '*', '"-"', 7 as never, 'a '.repeat(51)])
      await refuses(found(fixture, text), 'invalid')
    assert.deepEqual(await found(fixture, 'a '.repeat(50)), [])
  })
}

async function found(
  fixture: Fixture,
  text: string,
  more: Filter = {},
  queue = 'first',
): Promise<readonly string[]> {
  const { rows } = await fixture.backend.list(queue, { only: { ...more, text } })
  return rows.map(({ id }) => id)
}
