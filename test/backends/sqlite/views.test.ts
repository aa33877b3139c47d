import { expect, test } from 'vitest'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { FakeClock } from '../../../src/testing/index.ts'
import { entering, moving, newPath, openShop, request, workflow } from './fixture.ts'

async function busyShop() {
  const path = await newPath()
  const shop = await openShop(path, { clock: new FakeClock() })
  await shop.commit([entering('a'), entering('b'), entering('late', { delayMs: 60_000 }), entering("o'odd")])
  const [a, b] = await shop.lease('shop/first', { ...request, limit: 2 })
  await shop.commit(moving(a!, 'shop/first', 'shop/done'))
  const error = { kind: 'error', name: 'Error', message: 'It broke.' } as const
  await shop.commit([
    { kind: 'bury', queue: 'shop/first', id: 'b', hop: b!.hop, lease: b!.lease, error, workMs: 12.5 },
  ])
  const [popped] = await shop.lease('shop/done', request)
  await shop.commit([
    { kind: 'pop', event: 'popped', queue: 'shop/done', id: 'a', hop: 2, lease: popped!.lease },
  ])
  return { path, shop }
}

test('the views show what is where, in words and in times that people can read', async () => {
  const { shop } = await busyShop()
  const rows = async (sql: string) => (await shop.query(sql)).rows
  expect(
    await rows(
      `select name, ready, leased, delayed, dead, oldest, paused from queues where workflow = 'shop' order by name`,
    ),
  ).toEqual([
    ['shop/desk', 0, 0, 0, 0, null, 0],
    ['shop/done', 0, 0, 0, 0, null, 0],
    ['shop/first', 1, 0, 1, 1, '2030-01-01T00:00:00.000Z', 0],
    ['shop/second', 0, 0, 0, 0, null, 0],
  ])
  expect(
    await rows('select id, queue, state, status, error, finished is not null from tokens order by id'),
  ).toEqual([
    ['a', null, null, null, null, 1],
    ['b', 'shop/first', 'New', 'dead', 'It broke.', 0],
    ['late', 'shop/first', 'New', 'delayed', null, 0],
    ["o'odd", 'shop/first', 'New', 'ready', null, 0],
  ])
  expect(
    await rows(
      `select time, hop, queue, event, error, work_ms from history where id in ('a', 'b') order by line`,
    ),
  ).toEqual([
    ['2030-01-01T00:00:00.000Z', 1, 'shop/first', 'entered', null, null],
    ['2030-01-01T00:00:00.000Z', 1, 'shop/first', 'entered', null, null],
    ['2030-01-01T00:00:00.000Z', 1, 'shop/first', 'moved', null, null],
    ['2030-01-01T00:00:00.000Z', 1, 'shop/first', 'buried', 'It broke.', 12.5],
    ['2030-01-01T00:00:00.000Z', 2, 'shop/done', 'popped', null, null],
  ])
})

test('each time is a text in UTC, and beside it the same in milliseconds since 1970', async () => {
  const { shop } = await busyShop()
  const { rows, columns } = await shop.query(
    `select t.entered, t.entered_ms, t.finished, t.finished_ms, h.time, h.time_ms, q.oldest, q.oldest_ms
     from tokens t join history h using (id) join queues q on q.name = 'shop/first'
     where id = 'a' order by line desc limit 1`,
  )
  expect(columns).toHaveLength(8)
  const { enteredAt, finishedAt, lines } = (await shop.journey(workflow, 'a'))!
  const { oldestAt } = (await shop.count('shop/first'))[0]!
  const told = [enteredAt, finishedAt, lines.at(-1)!.at, oldestAt]
  expect(rows).toEqual([told.flatMap((ms) => [new Date(ms!).toISOString(), ms])])
})

test('the history shows the fields of a decision', async () => {
  const { shop } = await busyShop()
  const decided = { event: 'decided', actor: 'ann', reason: 'again', fields: { page: 7 } } as const
  await shop.commit([{ kind: 'take', queue: 'shop/first', id: 'late', ...decided }])
  const sql = `select actor, reason, json_extract(fields, '$.page') from history where id = 'late' order by line`
  expect((await shop.query(sql)).rows).toEqual([
    [null, null, null],
    ['ann', 'again', 7],
  ])
})

test('asking for one token reads no whole table, nor does asking a queue for one, or for those of one status', async () => {
  const { path } = await busyShop()
  const db = openDatabase(path, { readonly: true })
  const plan = (sql: string) =>
    (db.prepare(`explain query plan ${sql}`).all() as { detail: string }[])
      .map(({ detail }) => detail)
      .join('\n')
  const plans = {
    tokens: plan(`select * from tokens where id = 'a'`),
    history: plan(`select * from history where id = 'a'`),
    one: plan(`select * from shop_first where id = 'a'`),
    status: plan(`select count(*) from shop_first where status = 'ready'`),
    dead: plan(`select id from shop_first where status = 'dead'`),
  }
  db.close()
  for (const [name, text] of Object.entries(plans)) {
    expect(text, name).not.toMatch(/SCAN (t|h|pw_tokens)\b(?! USING INDEX pw_leased)/)
  }
  expect(plans.one).toContain('(id=? AND workflow=?)')
  expect(plans.status).toContain('(queue=? AND status=?)')
})

test('a query reads, in pages, and writes nothing', async () => {
  const { shop } = await busyShop()
  const page = await shop.query('select id from tokens order by id', 2)
  expect(page).toEqual({ columns: ['id'], rows: [['a'], ['b']], more: true })
  for (const sql of ['delete from shop_first', 'drop view tokens', "attach 'x' as y", 'vacuum', 'begin']) {
    await expect(shop.query(sql), sql).rejects.toMatchObject({ code: 'invalid' })
  }
  await expect(shop.query('selec 1')).rejects.toThrow(/^The query could not be run: .*syntax error.*\.$/)
  expect(await shop.journey(workflow, 'b')).toBeDefined()
})

test('an odd name of a queue is hashed in the registry, and the views know it', async () => {
  const path = await newPath()
  const shop = await openShop(path)
  const names = ['select', 'Ünicode', 'x'.repeat(200), "quo'te", 'a/b', 'a_b', 'pw_queues', '1st', 'tokens']
  const queues = names.map((name) => ({ name, role: 'stage' }) as const)
  await shop.declare({ workflow: 'odd', queues, fingerprint: 'v1' })
  for (const name of names) await shop.commit([entering(`in ${name}`, { queue: name })])
  const { rows } = await shop.query(`select name, table_name, ready from queues where workflow = 'odd'`)
  expect(rows.map(([name, , ready]) => [name, ready]).sort()).toEqual(names.map((name) => [name, 1]).sort())
  for (const [, table] of rows) expect(table).toMatch(/^[a-z][a-z0-9_]*$/)
  expect(new Set(rows.map(([, table]) => table)).size).toBe(names.length)
  expect((await shop.query(`select queue from tokens where id = 'in quo''te'`)).rows).toEqual([["quo'te"]])
})
