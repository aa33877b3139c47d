import assert from 'node:assert/strict'
import type { Page } from '../../queue/rows.ts'
import type { Fixture } from './fixture.ts'
import { fenceOf, moving, popping } from './fixture.ts'
import type { Test } from './suite.ts'

const ids = Array.from({ length: 25 }, (_, n) => `id-${String(n).padStart(2, '0')}`)

/** Looking at what waits, in pages, and counting it. */
export function paging(test: Test): void {
  test('a missing message is undefined', async ({ backend }) => {
    assert.equal(await backend.get('first', 'missing'), undefined)
  })

  test('a row has every field that applies', async (fixture) => {
    const enteredAt = fixture.clock.now()
    await fixture.enter('a', { value: { tag: 'Book' }, frames: [1], priority: 2, parent: 'b', deploy: 4 })
    const row = await fixture.row('first', 'a')
    const known = Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== undefined))
    assert.deepEqual(known, {
      ...{ id: 'a', hop: 1, value: { tag: 'Book' }, frames: [1], priority: 2, parent: 'b', deploy: 4 },
      ...{ lease: row.lease, attempts: 0, crashes: 0, suspect: false, status: 'ready', enteredAt, rev: 0 },
    })
  })

  test('all pages together are the queue, oldest first, each row once', async (fixture) => {
    for (const id of ids) await fixture.enter(id, { priority: -Number(id.slice(3)) })
    assert.deepEqual(await walk(fixture, { limit: 10 }), [ids.slice(0, 10), ids.slice(10, 20), ids.slice(20)])
    const newest = [...ids].reverse()
    const pages = await walk(fixture, { limit: 10, order: 'newest' })
    assert.deepEqual(pages, [newest.slice(0, 10), newest.slice(10, 20), newest.slice(20)])
  })

  test('a page that holds the rest is the last', async (fixture) => {
    for (const id of ids.slice(0, 6)) await fixture.enter(id)
    assert.deepEqual(await walk(fixture, { limit: 3 }), [ids.slice(0, 3), ids.slice(3, 6)])
    assert.deepEqual(await walk(fixture, { limit: 6 }), [ids.slice(0, 6)])
    assert.deepEqual(await walk(fixture, {}), [ids.slice(0, 6)])
  })

  test('a page has 100 rows by default', async (fixture) => {
    for (let n = 0; n < 101; n++) await fixture.enter(`id-${n}`)
    const { rows, next } = await fixture.backend.list('first')
    assert.deepEqual([rows.length, next === undefined], [100, false])
    assert.equal((await fixture.backend.list('first', { limit: 1_000 })).rows.length, 101)
  })

  test('paging goes on where it was when messages come and go meanwhile', async (fixture) => {
    for (const id of ids.slice(0, 6)) await fixture.enter(id)
    const { rows, next } = await fixture.backend.list('first', { limit: 3 })
    assert.deepEqual(
      rows.map(({ id }) => id),
      ids.slice(0, 3),
    )
    for (const id of [ids[2]!, ids[3]!]) {
      const held = await fixture.leaseOne('first', { ids: [id] })
      await fixture.backend.commit([popping(held, { event: 'discarded' })])
    }
    await fixture.enter('younger')
    const rest = await fixture.backend.list('first', { limit: 10, after: next })
    assert.deepEqual(
      rest.rows.map(({ id }) => id),
      [ids[4], ids[5], 'younger'],
    )
  })

  test('a page can be of one status or of one tag', async (fixture) => {
    for (const [n, id] of ids.slice(0, 8).entries()) {
      await fixture.enter(id, { value: n % 2 ? { tag: 'Odd' } : { tag: 'Even' }, delayMs: n < 4 ? 0 : 99 })
    }
    await fixture.enter('plain', { value: 'Odd', delayMs: 99 })
    const held = await fixture.leaseOne('first')
    await fixture.backend.commit([{ kind: 'bury', ...fenceOf(held) }])
    await fixture.leaseOne('first')
    const of = async (only: Page['only']) => (await walk(fixture, { only, limit: 2 })).flat()
    assert.deepEqual(await of({ status: 'dead' }), ids.slice(0, 1))
    assert.deepEqual(await of({ status: 'leased' }), ids.slice(1, 2))
    assert.deepEqual(await of({ status: 'ready' }), ids.slice(2, 4))
    assert.deepEqual(await of({ status: 'delayed' }), [...ids.slice(4, 8), 'plain'])
    assert.deepEqual(await of({ tag: 'Odd' }), [ids[1], ids[3], ids[5], ids[7]])
    assert.deepEqual(await of({ tag: 'Odd', status: 'delayed' }), [ids[5], ids[7]])
    assert.deepEqual(await of({ tag: 'Nothing' }), [])
  })

  test('looking leases nothing and shows what is leased', async (fixture) => {
    for (const id of ['a', 'b']) await fixture.enter(id)
    await fixture.leaseOne('first')
    assert.deepEqual((await walk(fixture, {})).flat(), ['a', 'b'])
    assert.deepEqual(await fixture.leaseIds('first'), ['b'])
  })

  test('counts give the number of messages of each status, and since when the oldest is there', async (fixture) => {
    const startedAt = fixture.clock.now()
    await fixture.enter('dead')
    await fixture.clock.advance(500)
    for (const id of ['x', 'y', 'z']) await fixture.enter(id)
    await fixture.enter('later', { delayMs: 9_999 })
    const held = await fixture.leaseOne('first')
    await fixture.backend.commit([{ kind: 'bury', ...fenceOf(held) }])
    await fixture.leaseOne('first')
    const [count] = await fixture.backend.count('first')
    assert.deepEqual(count, {
      ...{ queue: 'first', workflow: 'shop', role: 'stage', paused: false, oldestAt: startedAt },
      ...{ ready: 2, leased: 1, delayed: 1, dead: 1, waiting: 0 },
    })
    const others = (await fixture.backend.count()).filter(({ queue }) => queue !== 'first')
    assert.ok(others.every((other) => other.ready === 0 && other.oldestAt === undefined))
  })

  test('a hop counts down here and up there', async (fixture) => {
    for (const id of ['a', 'b']) await fixture.enter(id)
    await fixture.backend.commit(moving(await fixture.leaseOne('first'), 'second'))
    assert.equal((await fixture.counts('first')).ready, 1)
    assert.equal((await fixture.counts('second')).ready, 1)
  })

  test('pages are in the order in which messages came to the queue; leases in that in which tokens came to the workflow', async (fixture) => {
    const { backend, clock } = fixture
    for (const id of ['slow', 'quick']) await fixture.enter(id)
    const pass = async (id: string) =>
      backend.commit(moving(await fixture.leaseOne('first', { ids: [id] }), 'second'))
    await clock.advance(1000)
    await pass('quick')
    const quickAt = clock.now()
    await clock.advance(1000)
    await pass('slow')
    const [count] = await backend.count('second')
    assert.equal(count?.oldestAt, quickAt)
    const ids = async (order: 'oldest' | 'newest') =>
      (await backend.list('second', { order })).rows.map(({ id }) => id)
    assert.deepEqual(
      [await ids('oldest'), await ids('newest')],
      [
        ['quick', 'slow'],
        ['slow', 'quick'],
      ],
    )
    assert.equal((await fixture.row('second', 'quick')).enteredAt, quickAt)
    assert.deepEqual(await fixture.leaseIds('second'), ['slow', 'quick'])
  })
}

/** The ids of all pages, page by page. */
async function walk({ backend }: Fixture, page: Page): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = []
  let after: string | undefined
  do {
    const { rows, next } = await backend.list('first', { ...page, after })
    pages.push(rows.map(({ id }) => id))
    after = next
    assert.ok(pages.length <= 100, 'the pages never end')
  } while (after !== undefined)
  return pages
}
