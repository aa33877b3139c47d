import { expect, onTestFinished, test } from 'vitest'
import { allMigrations, migrate } from '../../../src/backends/sqlite/file/migrations.ts'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { makeDropper } from '../../../src/backends/sqlite/keeper/dropping.mjs'
import { entering, moving, newPath, openShop, request } from './fixture.ts'

const put = { kind: 'put', workflow: 'shop', key: 'k' } as const
const one = 'select count(*) from pw_records'

/** A file before there were records, with a queue whose view is called so. */
async function olderFile(statement: string) {
  const path = await newPath()
  const db = openDatabase(path)
  migrate(db, allMigrations.slice(0, 6))
  db.exec(
    `insert into pw_queues (name, view, workflow, role, made_by, made_at) values ('records', 'records', 'w', 'stage', '', 0)`,
  )
  db.exec(statement)
  const names = () => db.prepare<[], string>('select view from pw_queues').pluck().all()
  onTestFinished(() => void db.close())
  return { db, names }
}

test('the view of records has what is kept, and not what has ended', async () => {
  const shop = await openShop(await newPath())
  await shop.commit([entering('a'), entering('b')])
  const stay = { ...put, id: 'a', hop: 1 }
  await shop.commit([
    put,
    { ...put, id: 'a', value: { note: 1 }, forMs: 60_000 },
    stay,
    { ...put, key: 'over', forMs: 1 },
  ])
  const [held] = await shop.lease('shop/first', { ...request, ids: ['a'] })
  await shop.commit(moving(held!, 'shop/first', 'shop/done'))
  const { rows } = await shop.query(
    'select workflow, id, hop, key, value, ends is null from records order by rev',
  )
  const lasting = rows.filter(([, , , key]) => key !== 'over')
  expect(lasting).toEqual([
    ['shop', null, null, 'k', null, 1],
    ['shop', 'a', null, 'k', '{"note":1}', 0],
  ])
})

test('the keeper drops what has ended, a batch at a time', async () => {
  const path = await newPath()
  const shop = await openShop(path)
  await shop.commit([entering('a')])
  await shop.commit([put, { ...put, id: 'a', key: 'lasting' }, { ...put, id: 'a', hop: 1 }])
  const db = openDatabase(path)
  onTestFinished(() => void db.close())
  const over = db.prepare(`insert into pw_records (workflow, key, until) values ('shop', ?, 1)`)
  db.transaction(() => {
    for (let n = 0; n < 1500; n++) over.run(`over ${n}`)
  })()
  const left = () => db.prepare<[], number>(one).pluck().get()
  const drop = makeDropper(db)
  expect([drop(0), left(), drop(0), left()]).toEqual([true, 503, false, 3])
  const [held] = await shop.lease('shop/first', request)
  await shop.commit(moving(held!, 'shop/first', 'shop/done'))
  expect([drop(59_999), left(), drop(60_000), left()]).toEqual([false, 3, false, 2])
})

test('a queue whose view has the name of a new one gets another, and goes on', async () => {
  const { db, names } = await olderFile('create view records as select 1 as token')
  migrate(db)
  expect(names()).toEqual([expect.stringMatching(/^q_[0-9a-f]{16}$/)])
  expect(db.prepare(`select * from ${names()[0]}`).all()).toEqual([])
  expect(db.prepare('select key from records').all()).toEqual([])
})

test('what a user has made under that name is not touched, and the migration says so', async () => {
  const { db } = await olderFile(`update pw_queues set view = 'w_records'; create table Records (own text)`)
  expect(() => migrate(db)).toThrow(
    / has something called "records", .*; rename it first\. Nothing was changed\.$/,
  )
  expect(db.pragma('user_version', { simple: true })).toBe(6)
  expect(db.prepare('select own from Records').all()).toEqual([])
})
