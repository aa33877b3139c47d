import { expect, onTestFinished, test } from 'vitest'
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { entering, moving, newPath, openShop, request, until } from './fixture.ts'

const rows = 'select entered, moved, failed from meters order by time_ms, queue, to_queue'

test('meters are in memory, and go into the file once a second, in a transaction that is there anyway', async () => {
  const clock = new FakeClock()
  const shop = await openShop(await newPath(), { clock })
  for (const id of ['a', 'b']) await shop.commit([entering(id)])
  expect((await shop.query(rows)).rows).toEqual([[1, 0, 0]])
  expect((await shop.pulse()).queues.find(({ queue }) => queue === 'shop/first')?.meters[0]?.entered).toBe(2)
  await clock.advance(1100)
  await until(async () => (await shop.query(rows)).rows[0]?.[0] === 2, 'the last second was written')
})

test('a process that is closed has written what it has metered; one that dies has lost a second of it', async () => {
  const path = await newPath()
  const clock = new FakeClock()
  const [shop, other] = [await openShop(path, { clock }), await sqlite(path, { clock })]
  onTestFinished(() => other.close())
  await shop.commit([entering('a')])
  await shop.commit([entering('b')])
  await shop.close()
  expect((await other.query(rows)).rows).toEqual([[2, 0, 0]])
})

test('what several processes meter is added up', async () => {
  const path = await newPath()
  const clock = new FakeClock()
  const shops = [await openShop(path, { clock }), await openShop(path, { clock })]
  for (const [n, shop] of shops.entries()) await shop.commit([entering(`t${n}`)])
  const leased = await shops[0]!.lease('shop/first', { ...request, limit: 2 })
  for (const [n, shop] of shops.entries()) await shop.commit(moving(leased[n]!, 'shop/first', 'shop/second'))
  for (const shop of shops) await shop.close()
  const reader = await sqlite(path, { clock })
  onTestFinished(() => reader.close())
  const { queues } = await reader.pulse()
  const told = queues.flatMap(({ queue, meters }) =>
    meters.map(({ to, entered, moved, age }) => [queue, to, entered, moved, age.buckets.at(-1) ?? 0]),
  )
  expect(told.sort()).toEqual([
    ['shop/first', undefined, 2, 0, 2],
    ['shop/first', 'shop/second', 0, 2, 0],
    ['shop/second', undefined, 2, 0, 0],
  ])
})

test('a row of meters that was edited by hand stops nothing', async () => {
  const clock = new FakeClock()
  const path = await newPath()
  const shop = await openShop(path, { clock })
  await shop.commit([entering('a')])
  await clock.advance(1000)
  await shop.commit([entering('b')])
  const { openDatabase } = await import('../../../src/backends/sqlite/file/open-database.mjs')
  const db = openDatabase(path)
  db.exec(`update pw_meters set age = 'no', work = '[1,"x"]'`)
  db.close()
  await clock.advance(1000)
  await shop.commit([entering('c')])
  const { meters } = (await shop.pulse()).queues.find(({ queue }) => queue === 'shop/first')!
  expect(meters[0]).toMatchObject({ entered: 3, age: { buckets: [] } })
})
