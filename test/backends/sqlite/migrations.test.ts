import { expect, test } from 'vitest'
import { openDatabase } from '../../../src/backends/sqlite/open-database.mjs'
import { entering, newPath, openShop, request } from './fixture.ts'

test('in a file of an older schema, queues learn whether what is leased is worked on alone', async () => {
  const path = await newPath()
  const before = await openShop(path)
  await before.commit([entering('a')])
  await before.close()
  const db = openDatabase(path)
  for (const table of ['first', 'second', 'desk', 'done'])
    db.exec(`alter table shop_${table} drop column alone`)
  db.pragma('user_version = 2')
  db.close()

  const shop = await openShop(path)
  for (const crashes of [0, 0, 1]) {
    const suspects = crashes === 0 ? 'include' : 'only'
    const [row] = await shop.lease('shop/first', { ...request, leaseMs: 0, suspects, alone: true })
    expect(row).toMatchObject({ id: 'a', crashes })
  }
})
