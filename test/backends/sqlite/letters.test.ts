import { expect, onTestFinished, test } from 'vitest'
import { allMigrations, migrate } from '../../../src/backends/sqlite/file/migrations.ts'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { makeDropper } from '../../../src/backends/sqlite/keeper/dropping.mjs'
import type { Change } from '../../../src/queue/change.ts'
import { entering, moving, newPath, openShop, request } from './fixture.ts'

const mail = (id: string, name: string, more: object = {}): Change => ({
  kind: 'mail',
  workflow: 'shop',
  id,
  name,
  ...more,
})

const step = { path: '1', kind: 'step', name: 'do', deploy: 1, value: 7 } as const

/** A shop in which letters and steps belong to what has ended, and to what has not. */
async function usedShop() {
  const path = await newPath()
  const shop = await openShop(path)
  await shop.commit([entering('a'), entering('b')])
  const [a] = await shop.lease('shop/first', { ...request, ids: ['a'] })
  const fence = { queue: 'shop/first', id: 'a', hop: 1, lease: a!.lease }
  await shop.commit([
    mail('a', 'stays', { key: 'k', from: 'ann' }),
    mail('a', 'ends', { hop: 1 }),
    mail('b', 'ends', { value: 1 }),
    { kind: 'remember', ...fence, steps: [step] },
  ])
  return { path, shop, a: a! }
}

test('the views of letters and steps have what is there, and not what has ended', async () => {
  const { shop, a } = await usedShop()
  const letters = async () => (await shop.query('select id, hop, name, key, value, sender from letters')).rows
  const steps = async () => (await shop.query('select id, hop, path, kind, name, value from steps')).rows
  expect(await letters()).toEqual([
    ['a', null, 'stays', 'k', null, 'ann'],
    ['a', 1, 'ends', null, null, null],
    ['b', null, 'ends', null, '1', null],
  ])
  expect(await steps()).toEqual([['a', 1, '1', 'step', 'do', '7']])
  await shop.commit(moving(a, 'shop/first', 'shop/done'))
  await shop.commit([{ kind: 'take', queue: 'shop/first', id: 'b', event: 'cancelled' }])
  expect(await letters()).toEqual([['a', null, 'stays', 'k', null, 'ann']])
  expect(await steps()).toEqual([])
})

test('the keeper drops letters and steps of what has ended, and no others', async () => {
  const { path, shop, a } = await usedShop()
  await shop.commit(moving(a, 'shop/first', 'shop/done'))
  await shop.commit([{ kind: 'take', queue: 'shop/first', id: 'b', event: 'cancelled' }])
  await shop.close()
  const db = openDatabase(path)
  onTestFinished(() => void db.close())
  const drop = makeDropper(db)
  expect(drop(0)).toBe(false)
  expect(db.prepare('select name from pw_letters').pluck().all()).toEqual(['stays'])
  expect(db.prepare('select count(*) from pw_steps').pluck().get()).toBe(0)
})

test('the views of queues and tokens show what waits, and for what', async () => {
  const shop = await openShop(await newPath())
  await shop.commit([{ ...entering('a'), wait: { for: [{ name: 'page', count: 3 }] } }])
  await shop.commit([mail('a', 'page')])
  expect((await shop.query(`select waiting from queues where name = 'shop/first'`)).rows).toEqual([[1]])
  const { rows } = await shop.query('select status, missing, waits from tokens')
  expect(rows[0]?.slice(0, 2)).toEqual(['waiting', 2])
  expect(JSON.parse(String(rows[0]?.[2]))).toEqual({ for: [{ name: 'page', count: 3, missing: 2 }] })
})

test('a file of the version before gets the new roles, and keeps its queues', async () => {
  const db = openDatabase(await newPath())
  onTestFinished(() => void db.close())
  migrate(db, allMigrations.slice(0, 7))
  const insert = (name: string, role: string) =>
    db
      .prepare(
        'insert into pw_queues (name, view, workflow, role, made_by, made_at) values (?, ?, ?, ?, ?, 0)',
      )
      .run(name, name.replace('/', '_'), 'w', role, '')
  insert('w/a', 'stage')
  expect(() => insert('w/b', 'reply')).toThrow('CHECK')
  migrate(db)
  insert('w/b', 'reply')
  insert('w/c', 'standing')
  expect(() => insert('w/d', 'odd')).toThrow('CHECK')
  expect(db.prepare('select name, role from pw_queues order by ref').raw().all()).toEqual([
    ['w/a', 'stage'],
    ['w/b', 'reply'],
    ['w/c', 'standing'],
  ])
  expect(db.prepare('select count(*) from queues').pluck().get()).toBe(3)
})
