import assert from 'node:assert/strict'
import type { Change, Pop, Push, Take } from '../../queue/change.ts'
import type { QueueSpec, Remembered } from '../../queue/declaration.ts'
import type { JourneyLine, JourneyPart } from '../../queue/journey.ts'
import type { Json } from '../../schema/json.ts'
import {
  entering,
  type Fixture,
  fenceOf,
  moving,
  popping,
  refuses,
  usualQueues,
  workflow,
} from './fixture.ts'
import type { Test } from './suite.ts'

/** What is remembered of the stays of a token, and how one that has left comes back. */
export function values(test: Test): void {
  test('what enters is remembered with its frames; a hop from stage to stage remembers nothing', async (fixture) => {
    const frames = [{ set: 'aside' }, null]
    await fixture.enter('a', { value: { n: 1 }, frames })
    assert.deepEqual(await kept(fixture, 'a'), [[1, { n: 1 }, frames]])
    for (const [from, to] of [
      ['first', 'second'],
      ['second', 'first'],
    ] as const)
      await fixture.backend.commit(moving(await fixture.leaseOne(from), to, { n: 2 }))
    assert.deepEqual(await kept(fixture, 'a'), [[1, { n: 1 }, frames]])
  })

  for (const [event, leave] of [
    ['cancelled', take],
    ['undone', take],
    ['discarded', pop],
    ['failed', pop],
    ['decided', pop],
    ['popped', pop],
  ] as const)
    test(`what was there as a stay ended is remembered: ${event}`, async (fixture) => {
      await fixture.enter('a')
      await fixture.backend.commit(moving(await fixture.leaseOne('first'), 'desk', 'last'))
      await fixture.backend.commit([await leave(fixture, event)])
      assert.deepEqual((await kept(fixture, 'a')).at(-1), [2, 'last', []])
      assert.deepEqual(await kept(fixture, 'a', { hop: 2 }), [[2, 'last', []]])
    })

  test('what is taken with its parent is remembered, and what a poll has found of itself is not', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a')
    const { hop } = await fixture.leaseOne('first')
    const reply = { workflow, id: 'a', hop, name: 'page', key: 'child' }
    await backend.commit([{ ...entering('child', { queue: 'first', parent: 'a' }), reply }])
    await backend.commit(moving(await fixture.leaseOne('first'), 'second', 'last'))
    await backend.commit([{ kind: 'take', queue: 'first', id: 'a', event: 'cancelled', descend: true }])
    assert.deepEqual((await kept(fixture, 'child')).at(-1), [2, 'last', []])
    await fixture.enter('b')
    await backend.commit(moving(await fixture.leaseOne('first'), 'second', 'asked'))
    await backend.commit([
      { kind: 'take', queue: 'second', id: 'b', hop: 2, event: 'resolved' },
      { ...onward('first', 3, 'found'), token: { ...onward('first', 3, 'found').token, id: 'b' } },
    ])
    assert.deepEqual(await kept(fixture, 'b'), [[1, { id: 'b' }, []]])
  })

  test('the letters of a token that comes back are gone, its marks are those that it comes with', async (fixture) => {
    const { backend } = fixture
    await backend.commit([entering('a', { marks: { class: 'torn' } })])
    await backend.commit([
      { kind: 'mail', workflow, id: 'a', name: 'note' },
      { kind: 'mark', queue: 'first', id: 'a', set: { due: 1 }, actor: 'ann' },
    ])
    await backend.commit([{ kind: 'take', queue: 'first', id: 'a', event: 'cancelled' }])
    await backend.commit([
      { ...entering('a', { enter: 'replace', marks: { class: 'bent' } }), event: 'undone', lastHop: 1 },
    ])
    assert.deepEqual((await backend.recall(workflow, 'a')).letters, [])
    const { marks, rev } = await fixture.row('first', 'a')
    assert.deepEqual([marks, rev], [{ class: 'bent' }, 1])
  })

  test('what was at a desk, and what a person has made of it, are remembered, also when it has moved on', async (fixture) => {
    await fixture.enter('a')
    await fixture.backend.commit(moving(await fixture.leaseOne('first'), 'desk', 'shown'))
    await fixture.backend.commit([
      { kind: 'take', queue: 'desk', id: 'a', hop: 2, event: 'decided', actor: 'ann', reason: 'redo' },
      onward('second', 3, 'decided'),
    ])
    await fixture.backend.commit(moving(await fixture.leaseOne('second'), 'first', 'worked on'))
    await fixture.backend.commit(moving(await fixture.leaseOne('first'), 'done', 'done'))
    assert.deepEqual((await kept(fixture, 'a')).slice(1), [
      [2, 'shown', []],
      [3, 'decided', []],
    ])
  })

  test('a token that is replaced, and is edited, is remembered as it was', async (fixture) => {
    await fixture.enter('a', { value: 1 })
    await fixture.backend.commit([
      { kind: 'take', queue: 'first', id: 'a', hop: 1, unheld: true, event: 'edited', actor: 'ann' },
      onward('first', 2, 2),
    ])
    await fixture.enter('a', { value: 3, enter: 'replace' })
    assert.deepEqual(
      (await kept(fixture, 'a')).map(([hop, value]) => [hop, value]),
      [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    )
    assert.deepEqual(await fixture.events('a'), [
      'entered first',
      'edited first',
      'replaced first',
      'entered first',
    ])
  })

  for (const [values, hops] of [
    ['none', []],
    ['turns', [1, 3]],
    ['all', [1, 2, 3]],
  ] as const)
    test(`a queue that remembers ${values} keeps the stays ${hops.join(', ') || 'of none'}`, async (fixture) => {
      await fixture.declare(queuesThatKeep(values), 'v2')
      await fixture.enter('a')
      for (const to of ['second', 'first'])
        await fixture.backend.commit(moving(await fixture.leaseOne(to === 'first' ? 'second' : 'first'), to))
      await fixture.backend.commit([await take(fixture, 'cancelled', 'first')])
      assert.deepEqual(
        (await kept(fixture, 'a')).map(([hop]) => hop),
        hops,
      )
    })

  test('what a queue remembers can change from one version to the next', async (fixture) => {
    await fixture.declare(queuesThatKeep('none'), 'v2')
    await fixture.enter('a')
    await fixture.declare(queuesThatKeep('all'), 'v3')
    await fixture.backend.commit(moving(await fixture.leaseOne('first'), 'second'))
    assert.deepEqual(await kept(fixture, 'a'), [[1, { id: 'a' }, []]])
    const odd = [{ name: 'first', role: 'stage', values: 'some' as Remembered }] as const
    await refuses(fixture.declare(odd, 'v4'), 'invalid', { queue: 'first' })
  })

  test('of one commit in which a token comes and goes, each stay is remembered as it was', async (fixture) => {
    await fixture.enter('a', { value: 1 })
    const held = await fixture.leaseOne('first')
    await fixture.backend.commit([
      popping(held, { event: 'failed' }),
      { ...onward('desk', 2, 2), token: { ...onward('desk', 2, 2).token, frames: ['set'] } },
      { kind: 'take', queue: 'desk', id: 'a', event: 'moved', actor: 'ann' },
      onward('second', 3, 3),
    ])
    assert.deepEqual(await kept(fixture, 'a'), [
      [1, 1, []],
      [2, 2, ['set']],
    ])
    assert.equal((await fixture.row('second', 'a')).value, 3)
  })

  test('of a commit that is refused nothing is remembered', async (fixture) => {
    await fixture.enter('a')
    await fixture.backend.commit(moving(await fixture.leaseOne('first'), 'second'))
    const lost: Change = { kind: 'revive', queue: 'first', id: 'ghost' }
    await refuses(fixture.backend.commit([await take(fixture, 'cancelled', 'second'), lost]), 'not_found')
    assert.deepEqual(await kept(fixture, 'a', { hop: 2 }), [])
    await fixture.backend.commit(moving(await fixture.leaseOne('second'), 'first'))
    assert.deepEqual(await kept(fixture, 'a', { hop: 2 }), [])
  })

  test('many that leave in one turn are each remembered, and a late answer among them is not', async (fixture) => {
    const ids = Array.from({ length: 30 }, (_, i) => `t${i}`)
    for (const id of ids) await fixture.enter(id)
    const held = await fixture.lease('first', { limit: 100 })
    await fixture.backend.commit(held.flatMap((each) => moving({ ...each, queue: 'first' }, 'done', each.id)))
    const popped = await fixture.lease('done', { limit: 100 })
    const late = { ...popped[0]!, queue: 'done', lease: 9 }
    const answers = await Promise.allSettled(
      [late, ...popped].map((each) =>
        fixture.backend.commit([popping({ ...each, queue: 'done' }, { event: 'popped' })]),
      ),
    )
    assert.equal(answers.filter(({ status }) => status === 'rejected').length, 1)
    for (const id of ids) assert.deepEqual(await kept(fixture, id, { hop: 2 }), [[2, id, []]])
  })

  test('values that are long together are left out of older stays, and their length is said', async (fixture) => {
    const value = 'x'.repeat(900_000)
    await fixture.enter('a', { value })
    for (let hop = 1; hop < 8; hop++)
      await fixture.backend.commit([
        { kind: 'take', queue: 'first', id: 'a', hop, event: 'edited', actor: 'ann' },
        onward('first', hop + 1, value),
      ])
    const { lines } = (await fixture.backend.journey(workflow, 'a', { values: true }))!
    const long = lines.filter(({ valueBytes }) => valueBytes === 900_002)
    assert.equal(long.length, 7)
    assert.deepEqual(
      long.map((line) => line.frames !== undefined),
      [false, false, true, true, true, true, true],
    )
    const { lines: plain } = (await fixture.backend.journey(workflow, 'a'))!
    assert.ok(plain.every((line) => line.valueBytes === undefined && line.frames === undefined))
    assert.equal((await kept(fixture, 'a', { hop: 1 }))[0]![1], value)
  })

  test('a token that has left comes back as it was told, in its former travel', async (fixture) => {
    const { backend, clock } = fixture
    const enteredAt = clock.now()
    await fixture.enter('a', { parent: 'mother', value: 1 })
    await backend.commit([await take(fixture, 'cancelled', 'first')])
    await clock.advance(1000)
    const back = returning('undone', { lastHop: 1, value: 2 })
    await backend.commit([back])
    const journey = (await backend.journey(workflow, 'a'))!
    assert.deepEqual(
      [journey.queue, journey.row?.hop, journey.row?.value, journey.enteredAt, journey.parent],
      ['second', 2, 2, enteredAt, 'mother'],
    )
    assert.deepEqual([journey.outcome, journey.finishedAt], [undefined, undefined])
    const { event, actor, reason, hop } = journey.lines.at(-1)!
    assert.deepEqual([event, actor, reason, hop], ['undone', 'ann', 'Why not.', 2])
    assert.deepEqual(await fixture.leaseIds('second'), ['a'])
  })

  test('it does so only once, only from the stay that was seen, and not while it is in a queue', async (fixture) => {
    const { backend } = fixture
    const again = (lastHop?: number) => backend.commit([returning('rerun', { lastHop })])
    await refuses(again(), 'not_found', { id: 'a' })
    await fixture.enter('a')
    await refuses(again(1), 'conflict', { id: 'a' })
    await backend.commit([await take(fixture, 'cancelled', 'first')])
    await refuses(again(2), 'conflict', { id: 'a' })
    const answers = await Promise.allSettled([again(1), again(1), again(1)])
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1)
    await refuses(again(1), 'conflict', { id: 'a' })
    assert.equal((await fixture.counts('second')).ready, 1)
  })

  test('a push that says how a token comes back must replace', async ({ backend }) => {
    for (const push of [
      { ...returning('rerun'), enter: 'refuse' as const },
      { ...returning('rerun'), event: 'odd' as 'rerun' },
      { ...entering('a', { enter: 'replace' }), lastHop: 1 },
    ])
      await refuses(backend.commit([push]), 'invalid', { id: 'a' })
  })
}

async function take(_: Fixture, event: Pop['event'] | Take['event'], queue = 'desk'): Promise<Take> {
  return { kind: 'take', queue, id: 'a', event: event as Take['event'], actor: 'ann', reason: 'No.' }
}

async function pop(fixture: Fixture, event: Pop['event'] | Take['event']): Promise<Pop> {
  const held = await fixture.leaseOne('desk')
  return { kind: 'pop', event: event as Pop['event'], ...fenceOf(held) }
}

function onward(queue: string, hop: number, value: Json): Push {
  return { kind: 'push', queue, token: { id: 'a', hop, frames: [], priority: 0, deploy: 1 }, value }
}

function returning(
  event: 'rerun' | 'undone',
  { lastHop, value = 1 }: { readonly lastHop?: number | undefined; readonly value?: Json } = {},
): Push {
  const why = { actor: 'ann', reason: 'Why not.' }
  return { ...entering('a', { queue: 'second', value, enter: 'replace', ...why }), event, lastHop }
}

function queuesThatKeep(values: Remembered): readonly QueueSpec[] {
  return usualQueues.map((queue) => ({ ...queue, values }))
}

/** Hop, value and frames of each stay that is remembered. */
async function kept(fixture: Fixture, id: string, part: JourneyPart = {}) {
  const journey = await fixture.backend.journey(workflow, id, { ...part, values: true })
  return journey!.lines
    .filter((line): line is JourneyLine & Required<Pick<JourneyLine, 'frames'>> => line.frames !== undefined)
    .map(({ hop, value, frames }) => [hop, value, frames] as const)
}
