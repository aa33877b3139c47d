import { statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import type { QueueSpec } from '../../../src/queue/declaration.ts'
import { entering, newPath, openShop, usualQueues, workflow } from './fixture.ts'

/** More than SQLite takes in one compound select, which is 500. */
const count = 540
const declaration = {
  workflow: 'flow',
  queues: Array.from({ length: count }, (_, n) => ({ name: `flow/${n}`, role: 'stage' }) as const),
  fingerprint: 'v1',
}

// Seen to fail: with one compound of all tables ("too many terms in compound SELECT").
test('hundreds of queues are in one file, and each is in the views', async () => {
  const shop = await openShop(await newPath())
  await shop.declare(declaration)
  const queues = ['flow/0', 'flow/250', 'flow/539', 'shop/first']
  await shop.commit(queues.map((queue) => entering(`in ${queue}`, { queue })))
  const rows = async (sql: string) => (await shop.query(sql, 5000)).rows
  expect(await rows('select count(*), sum(ready) from queues')).toEqual([[count + 4, 4]])
  expect(await rows('select id, queue from tokens where queue is not null order by queue')).toEqual(
    queues.map((queue) => [`in ${queue}`, queue]),
  )
  expect(await rows(`select status from tokens where id = 'in flow/539'`)).toEqual([['ready']])
  expect(await shop.count('flow/539')).toMatchObject([{ ready: 1 }])
}, 60_000)

test('a declaration that changes nothing changes nothing in the schema, and little in the file', async () => {
  const path = await newPath()
  const shop = await openShop(path)
  const declare = (...more: readonly QueueSpec[]) =>
    shop.declare({ workflow, queues: [...usualQueues, ...more], fingerprint: 'v1' })
  const db = openDatabase(path, { readonly: true })
  const schema = () => db.pragma('schema_version', { simple: true })
  const [before, size] = [schema(), statSync(`${path}-wal`).size]
  await declare()
  expect(schema()).toBe(before)
  // Four pages of 4 KB with their headers.
  expect(statSync(`${path}-wal`).size - size).toBeLessThan(4 * 4120)
  await declare({ name: 'shop/new', role: 'stage' })
  expect(schema()).not.toBe(before)
  db.close()
})
