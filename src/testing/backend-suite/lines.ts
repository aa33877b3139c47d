import assert from 'node:assert/strict'
import type { Change, Line } from '../../queue/change.ts'
import type { HistoryLine, LinesRequest } from '../../queue/lines.ts'
import { entering, moving, refuses, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

/** The history across tokens, and what people add to it. */
export function lines(test: Test): void {
  test('what a person says of a token is a line of its journey, wherever it is', async (fixture) => {
    await fixture.enter('a')
    await fixture.backend.commit([saying({ queue: 'first', id: 'a' })])
    await fixture.backend.commit(moving(await fixture.leaseOne('first'), 'second'))
    await fixture.backend.commit([saying({ queue: 'first', id: 'a', by: 'bulk/3' })])
    await fixture.backend.commit([
      { kind: 'take', queue: 'second', id: 'a', event: 'cancelled' },
      saying({ queue: 'first', id: 'a', event: 'noted' }),
    ])
    const journey = (await fixture.backend.journey(workflow, 'a'))!
    const said = journey.lines.filter(({ event }) => event === 'commented' || event === 'noted')
    assert.deepEqual(
      said.map(({ hop, queue, event, actor, reason, fields }) => [hop, queue, event, actor, reason, fields]),
      [
        [1, 'first', 'commented', 'ann', 'Why?', undefined],
        [2, 'second', 'commented', 'ann', 'Why?', { by: 'bulk/3' }],
        [2, 'first', 'noted', 'ann', 'Why?', undefined],
      ],
    )
    assert.equal(journey.outcome, 'cancelled')
  })

  test('a line is about a token that has entered, and stands or falls with its commit', async (fixture) => {
    const { backend } = fixture
    await refuses(backend.commit([saying({ queue: 'first', id: 'ghost' })]), 'not_found', { id: 'ghost' })
    await refuses(backend.commit([saying({ queue: 'nowhere' })]), 'not_found')
    await refuses(backend.commit([saying({ id: 'a' })]), 'invalid', { id: 'a' })
    await refuses(backend.commit([saying({ event: 'moved' as 'noted' })]), 'invalid')
    await refuses(backend.commit([saying({ actor: undefined as never })]), 'invalid')
    const lost: Change = { kind: 'revive', queue: 'first', id: 'ghost' }
    await refuses(backend.commit([saying(), lost]), 'not_found')
    assert.deepEqual((await backend.lines()).lines, [])
    await backend.commit([entering('a'), saying({ queue: 'first', id: 'a' })])
    assert.deepEqual(await fixture.events('a'), ['entered first', 'commented first'])
  })

  test('the history has the lines of all tokens, of queues, and of neither, in their order', async (fixture) => {
    await fixture.enter('a')
    await fixture.enter('b', { queue: 'desk', actor: 'bob' })
    await fixture.backend.commit([saying({ queue: 'desk' }), saying({ event: 'noted' })])
    const { lines, next } = await fixture.backend.lines()
    assert.deepEqual(lines.map(brief), [
      ['shop', 'a', 1, 'first', 'entered'],
      ['shop', 'b', 1, 'desk', 'entered'],
      ['shop', undefined, undefined, 'desk', 'commented'],
      [undefined, undefined, undefined, undefined, 'noted'],
    ])
    assert.equal(next, undefined)
    const numbers = lines.map(({ line }) => line)
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    )
    assert.deepEqual(
      (await fixture.backend.lines({ order: 'newest' })).lines,
      lines.toReversed(),
      'the newest first are the same lines',
    )
  })

  test('pages of the history are all of it, each line once, in either order', async (fixture) => {
    for (let n = 0; n < 25; n++) await fixture.enter(`t${n}`)
    for (const order of ['oldest', 'newest'] as const) {
      const ids: (string | undefined)[] = []
      for (let after: string | undefined; ; ) {
        const page = await fixture.backend.lines({ order, limit: 7, after })
        assert.ok(page.lines.length <= 7)
        ids.push(...page.lines.map(({ id }) => id))
        after = page.next
        if (after === undefined) break
      }
      const all = Array.from({ length: 25 }, (_, n) => `t${n}`)
      assert.deepEqual(ids, order === 'oldest' ? all : all.toReversed())
    }
  })

  test('lines that come are found after the number of the last one that was seen', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a')
    await fixture.enter('b')
    const seen = (await backend.lines()).lines
    const since = async (line: number) => (await backend.lines({ after: String(line) })).lines
    assert.deepEqual(await since(seen[1]!.line), [])
    assert.deepEqual(await since(seen[0]!.line), seen.slice(1))
    assert.deepEqual(await since(seen[0]!.line - 1), seen)
    await fixture.enter('c')
    assert.deepEqual((await since(seen[1]!.line)).map(brief), [['shop', 'c', 1, 'first', 'entered']])
  })

  test('lines are found by who did it, what it was, where and when', async (fixture) => {
    const { backend, clock } = fixture
    await fixture.enter('a', { actor: 'bob' })
    await clock.advance(1000)
    const second = clock.now()
    await fixture.enter('b', { queue: 'desk' })
    await backend.commit([saying({ queue: 'desk', id: 'b' })])
    await clock.advance(1000)
    const third = clock.now()
    await backend.commit(moving(await fixture.leaseOne('first'), 'second'))
    await backend.commit([saying({ queue: 'second', id: 'a', actor: 'bob' })])
    const found = async (request: LinesRequest) =>
      (await backend.lines(request)).lines.map(({ id, event }) => `${id} ${event}`)
    assert.deepEqual(await found({ actor: 'bob' }), ['a entered', 'a commented'])
    assert.deepEqual(await found({ actor: 'bob', order: 'newest' }), ['a commented', 'a entered'])
    assert.deepEqual(await found({ people: true }), ['a entered', 'b commented', 'a commented'])
    assert.deepEqual(await found({ people: true, event: 'commented', limit: 1 }), ['b commented'])
    assert.deepEqual(await found({ event: 'moved' }), ['a moved'])
    assert.deepEqual(await found({ event: ['moved', 'commented'] }), [
      'b commented',
      'a moved',
      'a commented',
    ])
    assert.deepEqual(await found({ event: ['claimed'] }), [])
    assert.deepEqual(await found({ event: [] }), [])
    assert.deepEqual(await found({ queue: 'desk' }), ['b entered', 'b commented'])
    assert.deepEqual(await found({ from: second, to: third }), ['b entered', 'b commented'])
    assert.deepEqual(await found({ to: second }), ['a entered'])
    assert.deepEqual(await found({ from: third, event: 'entered' }), [])
    assert.deepEqual(await found({ from: third + 1 }), [])
  })

  test('a clock that was set back a little hides no line', async (fixture) => {
    const { backend, clock } = fixture
    const from = clock.now()
    for (let n = 0; n < 20; n++) {
      clock.jump(n % 2 === 0 ? 1_800_000 : -1_700_000)
      await fixture.enter(`t${n}`)
    }
    const all = (await backend.lines()).lines
    for (const { at } of all) {
      const since = (await backend.lines({ from: at })).lines
      assert.deepEqual(
        since,
        all.filter((line) => line.at >= at),
      )
    }
    assert.equal((await backend.lines({ from })).lines.length, 20)
  })

  test('a question that the history cannot answer is refused', async ({ backend }) => {
    for (const request of [
      { limit: 0 },
      { limit: 1001 },
      { limit: 1.5 },
      { after: 'x' },
      { after: '-1' },
      { order: 'odd' as 'oldest' },
      { from: Number.NaN },
      { to: Number.POSITIVE_INFINITY },
    ] satisfies LinesRequest[])
      await refuses(backend.lines(request), 'invalid')
  })
}

function saying(more: Partial<Line> = {}): Line {
  return { kind: 'line', event: 'commented', actor: 'ann', reason: 'Why?', ...more }
}

function brief({ workflow, id, hop, queue, event }: HistoryLine) {
  return [workflow, id, hop, queue, event]
}
