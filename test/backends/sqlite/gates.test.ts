import { expect, test } from 'vitest'
import { allMigrations, migrate } from '../../../src/backends/sqlite/file/migrations.ts'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { FakeClock } from '../../../src/testing/index.ts'
import { entering, newPath, openShop, request } from './fixture.ts'

const before = allMigrations.slice(0, 7)

test('a queue that is paused stays so when the file is migrated, with who has paused it and why', async () => {
  const path = await newPath()
  const db = openDatabase(path)
  migrate(db, before)
  const queue = (ref: number, name: string, paused: number) =>
    db
      .prepare(
        `insert into pw_queues (ref, name, view, workflow, role, made_by, made_at, paused) values (?, ?, ?, 'shop', 'stage', 'x', 0, ?)`,
      )
      .run(ref, name, name.replace('/', '_'), paused)
  queue(1, 'shop/first', 1)
  queue(2, 'shop/second', 1)
  queue(3, 'shop/third', 0)
  const line = db.prepare(
    `insert into pw_history (at, token, hop, queue, event, actor, reason)
       select 0, 0, 0, 1, ref, ?, ? from pw_events where name = ?`,
  )
  line.run('bob', 'the first reason', 'paused')
  line.run('bob', null, 'resumed')
  line.run('ann', 'the printer is broken', 'paused')
  db.close()
  const shop = await openShop(path, { clock: new FakeClock() })
  expect(await shop.gates()).toMatchObject([
    { name: 'shop/first', closed: true, actor: 'ann', reason: 'the printer is broken' },
    { name: 'shop/second', closed: true },
  ])
  expect((await shop.query('select name, paused from queues where paused order by name')).rows).toMatchObject(
    [
      ['shop/first', 1],
      ['shop/second', 1],
    ],
  )
  await shop.commit([{ kind: 'gate', name: 'shop/first', closed: false }])
  await shop.close()
})

test('the view says who has closed a gate, and nothing of that once its time is over', async () => {
  const path = await newPath()
  const shop = await openShop(path, { clock: new FakeClock() })
  const closing = { closed: true, actor: 'ann', reason: 'lunch', forMs: 60_000 }
  await shop.commit([{ kind: 'gate', name: 'shop/first', ...closing }])
  const shown = async () => (await shop.query('select state, actor, reason from gates')).rows
  expect(await shown()).toEqual([['closed', 'ann', 'lunch']])
  // Views go by the clock of the machine.
  const db = openDatabase(path)
  db.exec('update pw_gates set until = 1')
  db.close()
  expect(await shown()).toEqual([['open', null, null]])
  await shop.close()
})

test('the views tell what a gate is like, and where messages wait', async () => {
  const clock = new FakeClock()
  const shop = await openShop(await newPath(), { clock })
  const rows = async (sql: string) => (await shop.query(sql)).rows
  for (const id of ['a', 'b']) await shop.commit([entering(id, { key: id })])
  await shop.commit([{ kind: 'gate', name: 'shop/first', limit: 1 }])
  expect(await shop.lease('shop/first', { ...request, limit: 5 })).toHaveLength(1)
  expect(await rows(`select name, state, held, "limit" from gates`)).toEqual([['shop/first', 'full', 1, 1]])
  expect(await rows(`select parked from queues where name = 'shop/first'`)).toEqual([['shop/first: full']])
  expect(await rows('select queue, key from lanes where key is not null order by key')).toEqual([
    ['shop/first', 'a'],
    ['shop/first', 'b'],
  ])
  await shop.close()
})

test('the view has what was declared beside what was set by hand, with who, when and why', async () => {
  const clock = new FakeClock()
  const shop = await openShop(await newPath(), { clock })
  const by = { actor: 'ann', reason: 'an old printer' }
  await shop.commit([{ kind: 'gate', name: 'shop/first', limit: 2, ...by }])
  const columns =
    '"limit", declared_limit, limit_by, limit_reason, limit_at, limit_at_ms, rate, rate_by, rate_at'
  const shown = async () => (await shop.query(`select ${columns} from gates`)).rows
  const at = new Date(clock.now()).toISOString()
  expect(await shown()).toEqual([[2, null, 'ann', 'an old printer', at, clock.now(), null, null, null]])
  const rate = { units: 1, perMs: 5 }
  await shop.commit([{ kind: 'gate', name: 'shop/first', limit: null, rate }])
  expect(await shown()).toEqual([[null, null, null, null, null, null, JSON.stringify(rate), null, at]])
  await shop.close()
})

test('a limit that one process sets is that of the next lease of another', async () => {
  const path = await newPath()
  const clock = new FakeClock()
  const [one, other] = [await openShop(path, { clock }), await openShop(path, { clock })]
  for (const id of ['a', 'b', 'c', 'd']) await one.commit([entering(id)])
  const lease = async () => (await other.lease('shop/first', { ...request, limit: 1 })).length
  expect(await lease()).toBe(1)
  await one.commit([{ kind: 'gate', name: 'shop/first', limit: 2 }])
  expect([await lease(), await lease()]).toEqual([1, 0])
  await one.commit([{ kind: 'gate', name: 'shop/first', limit: null }])
  expect(await lease()).toBe(1)
  await Promise.all([one.close(), other.close()])
})

test('what was set by hand in a file of an older version stays, and no limit that was taken away', async () => {
  const path = await newPath()
  const db = openDatabase(path)
  migrate(db, allMigrations.slice(0, 12))
  const rate = { units: 1, perMs: 5 }
  const insert = db.prepare('insert into pw_gates (name, declared, own) values (?, ?, ?)')
  insert.run('one', '{"limit":9}', JSON.stringify({ limit: 3 }))
  insert.run('two', '{"limit":9}', JSON.stringify({ limit: null, rate }))
  insert.run('three', '{"limit":9}', JSON.stringify({ limit: null }))
  db.close()
  const shop = await openShop(path, { clock: new FakeClock() })
  const raw = openDatabase(path)
  expect(raw.prepare('select name from pw_gates where own is null').pluck().all()).toEqual(['three'])
  raw.close()
  expect(await shop.gates()).toMatchObject([
    { name: 'one', limit: 3, overridden: { limit: { declared: 9, at: expect.any(Number) } } },
    { name: 'two', limit: 9, rate, overridden: { rate: { at: expect.any(Number) } } },
    { name: 'three', limit: 9 },
  ])
  await shop.close()
})

// Seen to fail: without `recount` the gate stays full, and the lane asleep.
test('what was edited by hand is counted again', async () => {
  const clock = new FakeClock()
  const path = await newPath()
  const shop = await openShop(path, { clock })
  for (const id of ['a', 'b']) await shop.commit([entering(id, { key: id })])
  await shop.commit([{ kind: 'gate', name: 'shop/first', limit: 1 }])
  await shop.lease('shop/first', { ...request, limit: 5 })
  const db = openDatabase(path)
  db.exec(`update pw_tokens set status = 'dead' where status = 'leased'; update pw_lanes set idle = 1`)
  db.close()
  await shop.close()
  const again = await openShop(path, { clock })
  expect(await again.lease('shop/first', { ...request, limit: 5 })).toHaveLength(1)
  await again.close()
})

test('a lane that waits for a message that was deleted by hand is put back into the line', async () => {
  const clock = new FakeClock()
  const path = await newPath()
  const shop = await openShop(path, { clock })
  for (const id of ['a', 'b']) await shop.commit([entering(id, { key: 'k' })])
  await shop.close()
  const db = openDatabase(path)
  db.exec(`update pw_lanes set blocked = (select token from pw_tokens where id = 'a') where key = 'k';
    delete from pw_tokens where id = 'a'`)
  db.close()
  const again = await openShop(path, { clock })
  expect(await again.lease('shop/first', { ...request, limit: 5 })).toMatchObject([{ id: 'b' }])
  await again.close()
})
