import { expect, test } from 'vitest'
import { schemaVersion } from '../../../src/backends/sqlite/file/migrations.ts'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { makeOldFile, newPath, openShop, request, usualQueues, workflow } from './fixture.ts'

/** A file of the first schema, in which there is a token in each condition. */
async function oldFile(): Promise<string> {
  const path = await newPath()
  makeOldFile(path, 1)
  return path
}

/** All tables and indexes, with their columns in an order of their own: what is added later stands behind. */
function shapeOf(path: string): unknown {
  const db = openDatabase(path, { readonly: true })
  const names = db
    .prepare<[], { name: string; type: string; tbl_name: string }>(
      `select type, name, tbl_name from sqlite_schema where type <> 'view' order by type, name`,
    )
    .all()
  const columns = db.prepare<[string], { name: string; type: string; notnull: number }>(
    'select name, type, "notnull" from pragma_table_info(?) order by name',
  )
  const shape = names.map((each) => ({ ...each, columns: columns.all(each.name) }))
  const views = db.prepare(`select name, sql from sqlite_schema where type = 'view' order by name`).all()
  const version = db.pragma('user_version', { simple: true })
  db.close()
  return { shape, views, version }
}

test('a file of the first schema becomes what a new one is, and keeps all that is in it', async () => {
  const path = await oldFile()
  const shop = await openShop(path, { clock: new FakeClock() })
  const rows = async (sql: string) => (await shop.query(sql)).rows
  expect(await rows('select id, queue, status, outcome from tokens order by id')).toEqual([
    ['cancelled', null, null, 'cancelled'],
    ['dead', 'shop/first', 'dead', null],
    ['delayed', 'shop/first', 'delayed', null],
    ['discarded', null, null, 'discarded'],
    ['done', 'shop/done', 'ready', 'done'],
    ['leased', 'shop/first', 'leased', null],
    ['popped', null, null, 'done'],
    ['ready', 'shop/first', 'ready', null],
  ])
  expect(await rows(`select count(*), count(owner), count(to_queue) from history`)).toEqual([[14, 0, 0]])
  expect(await rows(`select oldest from queues where name = 'shop/first'`)).toEqual([
    ['2030-01-01T00:00:00.000Z'],
  ])
  await shop.close()
  const fresh = await newPath()
  const made = await sqlite(fresh)
  // In the order in which they came into that file.
  for (const queues of [usualQueues.filter(({ name }) => name !== 'shop/second'), usualQueues])
    await made.declare({ workflow, queues, fingerprint: 'v1' })
  await made.close()
  expect(shapeOf(path)).toEqual(shapeOf(fresh))
  expect(shapeOf(path)).toMatchObject({ version: schemaVersion })
})

test('in a file of an older schema, queues learn whether what is leased is worked on alone', async () => {
  const shop = await openShop(await oldFile())
  for (const crashes of [0, 0, 1]) {
    const suspects = crashes === 0 ? 'include' : 'only'
    const [row] = await shop.lease('shop/first', { ...request, leaseMs: 0, suspects, alone: true })
    expect(row).toMatchObject({ id: 'ready', crashes })
  }
})
