import assert from 'node:assert/strict'
import type { QueuePulse } from '../../queue/pulse.ts'
import { messagesIn } from '../../queue/queue-count.ts'
import {
  entering,
  type Fixture,
  fenceOf,
  leaseMs,
  moving,
  popping,
  postponing,
  refuses,
  usualQueues,
  workflow,
} from './fixture.ts'
import type { Test } from './suite.ts'

/** How the queues are doing is counted as it happens: what it says is what a recount would say. */
export function pulse(test: Test): void {
  test('it counts what is there, what has come and what has left', async (fixture) => {
    const { backend } = fixture
    for (const id of ['a', 'b', 'c']) await fixture.enter(id)
    await fixture.enter('late', { delayMs: 60_000 })
    const [a, b] = (await fixture.lease('first', { limit: 2 })).map((each) => ({ ...each, queue: 'first' }))
    assert.deepEqual(await totals(fixture, 'first'), [1, 2, 1, 0, 4, 0])
    await backend.commit(moving(a!, 'second'))
    await backend.commit([{ kind: 'bury', ...fenceOf(b!) }])
    assert.deepEqual(await totals(fixture, 'first'), [1, 0, 1, 1, 4, 1])
    assert.deepEqual(await totals(fixture, 'second'), [1, 0, 0, 0, 1, 0])
    await backend.commit([{ kind: 'take', event: 'cancelled', queue: 'first', id: 'c' }])
    await backend.commit([entering('b', { queue: 'second', enter: 'replace' })])
    await backend.commit([{ kind: 'revive', queue: 'first', id: 'gone', skip: true }])
    assert.deepEqual(await totals(fixture, 'first'), [0, 0, 1, 0, 4, 3])
    assert.deepEqual(await totals(fixture, 'second'), [2, 0, 0, 0, 2, 0])
  })

  test('it says the same as `count`, and nothing of a commit that was refused', async (fixture) => {
    const { backend, clock } = fixture
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    await refuses(backend.commit([entering('x'), ...moving({ ...held, lease: 9 }, 'second')]), 'lease_lost')
    await backend.commit(moving(held, 'first'))
    await clock.advance(1000)
    const counts = (await backend.pulse()).queues.map(({ entered, left, meters, ...count }) => count)
    assert.deepEqual(counts, await backend.count())
    assert.deepEqual(await totals(fixture, 'first'), [1, 0, 0, 0, 2, 1])
  })

  test('what has become ready by itself counts as ready, before and after it was found', async (fixture) => {
    const { clock } = fixture
    await fixture.enter('late', { delayMs: 500 })
    await fixture.enter('lost')
    await fixture.leaseOne('first')
    await clock.advance(leaseMs)
    assert.deepEqual(await totals(fixture, 'first'), [2, 0, 0, 0, 2, 0])
    await fixture.lease('first', { limit: 0 })
    assert.deepEqual(await totals(fixture, 'first'), [2, 0, 0, 0, 2, 0])
  })

  test('a message that passes through queues in one commit has come to each, and left', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    const [pop, push] = moving(held, 'second')
    const again = {
      ...push!,
      queue: 'desk',
      token: { ...(push as { token: object }).token, hop: 3 },
    } as never
    const take = { kind: 'take', event: 'decided', queue: 'second', id: 'a' } as const
    await fixture.backend.commit([
      pop!,
      push!,
      take,
      again,
      entering('b'),
      { ...take, queue: 'first', id: 'b' },
    ])
    assert.deepEqual(await totals(fixture, 'first'), [0, 0, 0, 0, 2, 2])
    assert.deepEqual(await totals(fixture, 'second'), [0, 0, 0, 0, 1, 1])
    assert.deepEqual(await totals(fixture, 'desk'), [1, 0, 0, 0, 1, 0])
  })

  test('what a declaration moves leaves one queue and comes to another; a renamed queue keeps its totals', async (fixture) => {
    for (const tag of ['Cat', 'Dog', 'Dog']) await fixture.enter(`${tag}${Math.random()}`, { value: { tag } })
    await fixture.lease('first', { limit: 1 })
    const others = usualQueues.slice(1)
    const stage = (name: string, tags: readonly string[], ...was: string[]) =>
      ({ name, role: 'stage', tags, was }) as const
    await fixture.declare([stage('start', ['Cat', 'Dog'], 'first'), ...others], 'v2')
    assert.deepEqual((await totals(fixture, 'start')).slice(4), [3, 0])
    await fixture.declare([stage('cats', ['Cat'], 'start'), stage('dogs', ['Dog'], 'start'), ...others], 'v3')
    assert.deepEqual(await totals(fixture, 'cats'), [1, 0, 0, 0, 1, 0])
    assert.deepEqual(await totals(fixture, 'dogs'), [2, 0, 0, 0, 2, 0])
  })

  test('the meters say what came, went on and failed, and how long it waited and took', async (fixture) => {
    const { backend, clock } = fixture
    for (const id of ['a', 'b']) await fixture.enter(id)
    await clock.advance(300)
    const a = await fixture.leaseOne('first')
    await backend.commit([{ ...postponing(a), workMs: 3 } as never])
    const [again, b] = (await fixture.lease('first', { limit: 2 })).map((each) => ({
      ...each,
      queue: 'first',
    }))
    await backend.commit([popping(again!, { workMs: 40 }), moving(again!, 'second')[1]!])
    await backend.commit([popping(b!, { event: 'discarded' })])
    const at = clock.now() - (clock.now() % 60_000)
    const none = { buckets: [], sumMs: 0 }
    const [stayed, on] = (await queue(fixture, 'first')).meters.toSorted((x) => (x.to ? 1 : -1))
    assert.deepEqual(stayed, {
      ...{ at, ms: 60_000, entered: 2, moved: 1, failed: 1 },
      age: { buckets: [...Array(9).fill(0), 2], sumMs: 600 },
      work: { buckets: [0, 0, 1], sumMs: 3 },
    })
    assert.deepEqual(on, {
      ...{ at, ms: 60_000, to: 'second', entered: 0, moved: 1, failed: 0, age: none },
      work: { buckets: [0, 0, 0, 0, 0, 0, 1], sumMs: 40 },
    })
    const second = await queue(fixture, 'second')
    assert.deepEqual([second.meters.length, second.meters[0]?.entered], [1, 1])
  })

  test('a pulse has the meters since a cursor, and of the last five minutes without one', async (fixture) => {
    const { backend, clock } = fixture
    const came = async (after?: string) => {
      const { queues } = await backend.pulse(after)
      const { meters } = queues.find(({ queue }) => queue === 'first')!
      return meters.map(({ entered }) => entered)
    }
    await fixture.enter('a')
    const { cursor, at } = await backend.pulse()
    assert.equal(at, clock.now())
    await fixture.enter('b')
    assert.deepEqual(await came(cursor), [2])
    await clock.advance(120_000)
    await fixture.enter('c')
    assert.deepEqual(await came(cursor), [2, 1])
    assert.deepEqual(await came((await backend.pulse()).cursor), [1])
    await clock.advance(240_000)
    assert.deepEqual(await came(), [1])
    assert.deepEqual(await came('0'), [2, 1])
    await refuses(backend.pulse('yesterday'), 'invalid')
  })

  test('meters of more than two days ago are those of an hour', async (fixture) => {
    const { backend, clock } = fixture
    await fixture.enter('a')
    await clock.advance(60_000)
    await fixture.enter('b')
    clock.jump(49 * 3_600_000)
    await clock.advance(2000)
    await fixture.enter('c')
    const told = async () => {
      const { queues } = await backend.pulse('0')
      return queues.find((each) => each.queue === 'first')!.meters.map(({ ms, entered }) => [ms, entered])
    }
    assert.deepEqual(await told(), [
      [3_600_000, 2],
      [60_000, 1],
    ])
  })
}

async function queue({ backend }: Fixture, name: string): Promise<QueuePulse> {
  const found = (await backend.pulse()).queues.find((each) => each.queue === name)
  assert.ok(found && found.workflow === workflow, `"${name}" is in the pulse`)
  return found
}

/** Ready, leased, delayed, dead, entered, left. */
async function totals(fixture: Fixture, name: string): Promise<readonly number[]> {
  const found = await queue(fixture, name)
  const { ready, leased, delayed, dead, entered, left } = found
  assert.equal(messagesIn(found), entered - left, 'all that has come is there or has left')
  return [ready, leased, delayed, dead, entered, left]
}
