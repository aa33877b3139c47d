import assert from 'node:assert/strict'
import { messagesIn } from '../../queue/queue-count.ts'
import { entering, fenceOf, moving, refuses, usualQueues, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

const [first, second, desk, done] = usualQueues as Required<typeof usualQueues>

/** Making queues, finding them again, renaming them, and refusing to lose what waits in them. */
export function declaring(test: Test): void {
  test('a declared queue is there, empty, with its workflow and its role', async ({ backend }) => {
    const counts = await backend.count()
    const shown = counts.map(({ queue, role, workflow, paused }) => ({ queue, role, workflow, paused }))
    const wanted = usualQueues.map(({ name, role }) => ({ queue: name, role, workflow, paused: false }))
    const byName = (a: { queue: string }, b: { queue: string }) => a.queue.localeCompare(b.queue)
    assert.deepEqual(shown.sort(byName), wanted.sort(byName))
    assert.ok(counts.every((count) => messagesIn(count) === 0))
  })

  test('declaring again keeps what waits', async (fixture) => {
    await fixture.enter('a')
    await fixture.declare()
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
  })

  test('a fingerprint keeps its deploy number; a new one gets one more than the highest', async (fixture) => {
    const numbers: number[] = []
    for (const fingerprint of ['x', 'y', 'x', 'z', 'y']) {
      numbers.push((await fixture.declare(usualQueues, fingerprint)).deploy)
    }
    const [x, y, x2, z, y2] = numbers
    assert.deepEqual([y, x2, z, y2], [x! + 1, x, x! + 2, y])
  })

  test('a queue in which messages wait cannot be left out, and nothing changes', async (fixture) => {
    await fixture.enter('a')
    const without = [{ name: 'new', role: 'stage' } as const, second!, desk!, done!]
    await refuses(fixture.declare(without, 'v2'), 'conflict', { queue: 'first' })
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
    await refuses(fixture.lease('new'), 'not_found')
    const { deploy: v1 } = await fixture.declare(usualQueues, 'v1')
    assert.equal(
      (await fixture.declare(usualQueues, 'v3')).deploy,
      v1 + 1,
      'the refused deploy has no number',
    )
  })

  test('a queue in which only dead or finished messages are cannot be left out either', async (fixture) => {
    await fixture.enter('a', { queue: 'done' })
    await refuses(fixture.declare([first!, second!, desk!], 'v2'), 'conflict', { queue: 'done' })
    await fixture.enter('b')
    const held = await fixture.leaseOne('first')
    await fixture.backend.commit([
      { kind: 'bury', queue: 'first', id: 'b', hop: held.hop, lease: held.lease },
    ])
    await refuses(fixture.declare([second!, desk!, done!], 'v2'), 'conflict', { queue: 'first' })
  })

  test('an empty queue may be left out', async (fixture) => {
    await fixture.enter('a')
    await fixture.declare([first!, desk!, done!], 'v2')
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
  })

  test('a renamed queue goes on under its new name, with its messages, failures and pause', async (fixture) => {
    await fixture.enter('a', { value: { page: 1 }, priority: 3, frames: [{ outer: true }] })
    const held = await fixture.leaseOne('first')
    await fixture.backend.commit([
      { kind: 'postpone', queue: 'first', id: 'a', hop: 1, lease: held.lease, delayMs: 0, charge: true },
    ])
    await fixture.pause('first', true)
    await fixture.declare([{ name: 'renamed', role: 'stage', was: ['first'] }, second!, desk!, done!], 'v2')
    const { value, priority, frames, hop, attempts, status } = await fixture.row('renamed', 'a')
    assert.deepEqual(
      { value, priority, frames, hop, attempts, status },
      { value: { page: 1 }, priority: 3, frames: [{ outer: true }], hop: 1, attempts: 1, status: 'ready' },
    )
    assert.deepEqual(await fixture.leaseIds('renamed'), [], 'it was paused')
    await fixture.pause('renamed', false)
    const again = await fixture.leaseOne('renamed')
    await fixture.backend.commit(moving(again, 'second'))
    assert.deepEqual(await fixture.leaseIds('second'), ['a'])
  })

  test('a renaming may stay in the declaration for ever', async (fixture) => {
    const renamed = [{ name: 'renamed', role: 'stage', was: ['first'] } as const, second!, desk!, done!]
    await fixture.enter('a')
    await fixture.declare(renamed, 'v2')
    await fixture.enter('b', { queue: 'renamed' })
    await fixture.declare(renamed, 'v2')
    await fixture.declare(renamed, 'v3')
    assert.deepEqual(await fixture.leaseIds('renamed'), ['a', 'b'])
  })

  test('where several queues were one, its messages go by their tag', async (fixture) => {
    for (const [id, tag] of [
      ['a', 'Cat'],
      ['b', 'Dog'],
      ['c', 'Cat'],
    ] as const) {
      await fixture.enter(id, { value: { tag, name: id } })
    }
    const cats = { name: 'cats', role: 'stage', tags: ['Cat'], was: ['first'] } as const
    const dogs = { name: 'dogs', role: 'stage', tags: ['Dog', 'Wolf'], was: ['first'] } as const
    await fixture.declare([cats, dogs, second!, desk!, done!], 'v2')
    assert.deepEqual(await fixture.leaseIds('cats'), ['a', 'c'])
    assert.deepEqual(await fixture.leaseIds('dogs'), ['b'])
    const journey = await fixture.backend.journey(workflow, 'b')
    assert.equal(journey?.queue, 'dogs')
  })

  test('what a worker of the version before holds of a queue that is split is given back at once', async (fixture) => {
    await fixture.enter('a', { value: { tag: 'Dog' } })
    const held = await fixture.leaseOne('first')
    const cats = { name: 'cats', role: 'stage', tags: ['Cat'], was: ['first'] } as const
    const dogs = { name: 'dogs', role: 'stage', tags: ['Dog'], was: ['first'] } as const
    await fixture.declare([cats, dogs, second!, desk!, done!], 'v2')
    const again = await fixture.leaseOne('dogs')
    assert.deepEqual([again.attempts, again.crashes, again.suspect], [0, 0, false])
    await refuses(fixture.backend.commit(moving(held, 'second')), ['lease_lost', 'not_found'])
    assert.deepEqual(await fixture.extend([held]), [])
    assert.deepEqual(await fixture.events('a'), ['entered first', 'released first'])
  })

  test('a message whose tag none of several heirs accepts stops the split, and nothing changes', async (fixture) => {
    await fixture.enter('a', { value: { tag: 'Cat' } })
    await fixture.enter('b', { value: { tag: 'Bird' } })
    const cats = { name: 'cats', role: 'stage', tags: ['Cat'], was: ['first'] } as const
    const dogs = { name: 'dogs', role: 'stage', tags: ['Dog'], was: ['first'] } as const
    await refuses(fixture.declare([cats, dogs, second!, desk!, done!], 'v2'), 'conflict', { queue: 'first' })
    assert.deepEqual(await fixture.leaseIds('first'), ['a', 'b'])
  })

  test('what was remembered as a state of another heir goes there with the next declaration', async (fixture) => {
    const cats = { ...first!, tags: ['Cat'] }
    const dogs = { name: 'dogs', role: 'stage', tags: ['Dog'], was: ['first'] } as const
    const split = [cats, dogs, second!, desk!, done!]
    await fixture.declare(split, 'v2')
    await fixture.enter('a', { value: { tag: 'Cat' } })
    const held = await fixture.leaseOne('first')
    await fixture.backend.commit([{ kind: 'remember', ...fenceOf(held), value: { tag: 'Dog' } }])
    assert.equal((await fixture.row('first', 'a')).status, 'leased')
    await fixture.declare(split, 'v2')
    await refuses(fixture.backend.commit(moving(held, 'second')), ['lease_lost', 'not_found'])
    assert.equal((await fixture.leaseOne('dogs')).hop, held.hop)
  })

  test('two workflows have their queues and their ids each for itself', async (fixture) => {
    const queues = [{ name: 'other', role: 'stage' } as const]
    await fixture.backend.declare({ workflow: 'bakery', queues, fingerprint: 'v1' })
    await fixture.enter('a')
    await fixture.backend.commit([entering('a', { queue: 'other' })])
    assert.equal((await fixture.backend.journey('bakery', 'a'))?.queue, 'other')
    assert.equal((await fixture.backend.journey(workflow, 'a'))?.queue, 'first')
    await fixture.declare(usualQueues, 'v2')
    assert.deepEqual(await fixture.leaseIds('other'), ['a'], 'a deploy of one leaves the other alone')
  })

  test('a queue cannot be declared by a second workflow', async (fixture) => {
    const declaration = { workflow: 'bakery', queues: [first!], fingerprint: 'v1' }
    await refuses(fixture.backend.declare(declaration), 'conflict', { queue: 'first' })
  })

  test('a declaration that has one name twice is refused, and says so', async (fixture) => {
    const declaring = fixture.declare([...usualQueues, first!], 'v2')
    await assert.rejects(declaring, /declares queue "first" twice/)
  })

  test('a queue that no workflow has declared is not found', async (fixture) => {
    await refuses(fixture.lease('nowhere'), 'not_found', { queue: 'nowhere' })
    await refuses(fixture.enter('a', { queue: 'nowhere' }), 'not_found', { queue: 'nowhere' })
    await refuses(fixture.backend.list('nowhere'), 'not_found', { queue: 'nowhere' })
    await refuses(fixture.backend.get('nowhere', 'a'), 'not_found', { queue: 'nowhere' })
    await refuses(fixture.backend.count('nowhere'), 'not_found', { queue: 'nowhere' })
    await refuses(fixture.pause('nowhere', true), 'not_found')
  })
}
