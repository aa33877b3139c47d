import assert from 'node:assert/strict'
import type { Fixture } from './fixture.ts'
import { fenceOf, leaseMs, moving, postponing, refuses, usualQueues, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

/** What a backend that keeps its queues still knows after it was opened again. Other backends pass. */
export function durability(test: Test): void {
  const durably = (name: string, body: (fixture: Fixture) => Promise<void>) =>
    test(name, async (fixture) => {
      if (fixture.reopen) await body(fixture)
    })

  durably('every message is there again, as it was', async (fixture) => {
    await fixture.enter('ready', {
      value: { deep: [1] },
      frames: ['frame'],
      priority: 4,
      parent: 'x',
      deploy: 2,
    })
    await fixture.enter('delayed', { delayMs: 9_999 })
    for (const id of ['dead', 'failed']) await fixture.enter(id, { queue: 'second' })
    for (const [n, held] of (await fixture.lease('second', { limit: 2 })).entries()) {
      const fence = fenceOf({ ...held, queue: 'second' })
      await fixture.backend.commit([n === 0 ? { kind: 'bury', ...fence } : postponing(fence)])
    }
    const before = await Promise.all(['first', 'second'].map((queue) => fixture.backend.list(queue)))
    const journeys = await Promise.all(['ready', 'dead'].map((id) => fixture.backend.journey(workflow, id)))
    await again(fixture)
    const after = await Promise.all(['first', 'second'].map((queue) => fixture.backend.list(queue)))
    assert.deepEqual(after, before)
    const journeysAfter = await Promise.all(
      ['ready', 'dead'].map((id) => fixture.backend.journey(workflow, id)),
    )
    assert.deepEqual(journeysAfter, journeys)
  })

  durably('every record is there again, and the next revision is a later one', async (fixture) => {
    const put = { kind: 'put', workflow, key: 'a' } as const
    await fixture.backend.commit([{ ...put, value: [1], forMs: 60_000 }])
    const before = await fixture.backend.records({ workflow })
    await fixture.backend.commit([
      { kind: 'drop', workflow, key: 'a' },
      { ...put, value: [1], forMs: 60_000 },
    ])
    const then = await fixture.backend.records({ workflow })
    await again(fixture)
    assert.deepEqual(await fixture.backend.records({ workflow }), then)
    await fixture.backend.commit([put])
    const { records } = await fixture.backend.records({ workflow })
    assert.ok(before.records[0]!.rev < then.records[0]!.rev && then.records[0]!.rev < records[0]!.rev)
  })

  durably('a lease holds across a restart, for its time', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    await again(fixture)
    assert.deepEqual(await fixture.leaseIds('first'), [])
    assert.deepEqual(await fixture.extend([held]), ['a'])
    await fixture.backend.commit(moving(held, 'second'))
  })

  durably('a late worker from before a restart is refused', async (fixture) => {
    await fixture.enter('a')
    const late = await fixture.leaseOne('first')
    await again(fixture)
    await fixture.clock.advance(leaseMs)
    await fixture.leaseOne('first')
    await refuses(fixture.backend.commit(moving(late, 'second')), 'lease_lost', { id: 'a' })
  })

  durably('a pause, known ids, hops and deploys are remembered', async (fixture) => {
    await fixture.enter('a')
    await fixture.backend.commit(moving(await fixture.leaseOne('first'), 'done'))
    await fixture.pause('second', true)
    const { deploy } = await fixture.declare(usualQueues, 'v2')
    await again(fixture)
    const counts = await fixture.backend.count()
    assert.deepEqual(
      counts.filter(({ paused }) => paused).map(({ queue }) => queue),
      ['second'],
    )
    await refuses(fixture.enter('a'), 'conflict')
    await fixture.enter('a', { enter: 'replace' })
    assert.equal((await fixture.row('first', 'a')).hop, 3)
    assert.equal((await fixture.declare(usualQueues, 'v2')).deploy, deploy)
    assert.equal((await fixture.declare(usualQueues, 'v3')).deploy, deploy + 1)
  })

  durably('the order is kept', async (fixture) => {
    const ids = Array.from({ length: 12 }, (_, n) => `id-${n}`)
    for (const id of ids) await fixture.enter(id)
    await again(fixture)
    await fixture.enter('younger')
    assert.deepEqual(await fixture.leaseIds('first'), [...ids, 'younger'])
  })
}

async function again(fixture: Fixture): Promise<void> {
  await fixture.backend.close()
  fixture.backend = await fixture.reopen!()
}
