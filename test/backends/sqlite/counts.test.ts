import { expect, onTestFinished, test, vi } from 'vitest'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import { makeRecounter } from '../../../src/backends/sqlite/keeper/recounting.mjs'
import { FakeClock } from '../../../src/testing/index.ts'
import { entering, moving, newPath, openShop, recount, request } from './fixture.ts'

const columns = ['ready', 'leased', 'delayed', 'dead'] as const

/** What a recount of the rows of each queue finds, and what was counted. */
function bothOf(path: string) {
  const db = openDatabase(path, { readonly: true })
  const found = db
    .prepare(
      `select ref, ${columns.map((each) => `(select count(*) from pw_tokens where queue = ref and status = '${each}')`).join(', ')} from pw_queues order by ref`,
    )
    .raw()
    .all()
  const counted = db
    .prepare(
      `select ref, ${columns.map((each) => `coalesce(${each}, 0)`).join(', ')} from pw_queues left join pw_counts on queue = ref order by ref`,
    )
    .raw()
    .all()
  const sums = db.prepare(
    `select total(ready + leased + delayed + dead + waiting - entered + left) from pw_counts`,
  )
  const rest = sums.pluck().get()
  db.close()
  return { found, counted, rest }
}

/** All messages in one place, and one in each status. */
async function busyShop(path: string) {
  const shop = await openShop(path, { clock: new FakeClock() })
  await shop.commit(Array.from({ length: 9 }, (_, n) => entering(`t${n}`)))
  await shop.commit([entering('late', { delayMs: 60_000 })])
  const [a, b, c] = await shop.lease('shop/first', { ...request, limit: 4 })
  await shop.commit(moving(a!, 'shop/first', 'shop/done'))
  await shop.commit([{ kind: 'bury', queue: 'shop/first', id: b!.id, hop: b!.hop, lease: b!.lease }])
  await shop.commit(moving(c!, 'shop/first', 'shop/second'))
  return shop
}

test('what is counted is what a recount finds', async () => {
  const path = await newPath()
  await busyShop(path)
  const { found, counted, rest } = bothOf(path)
  expect(counted).toEqual(found)
  expect(rest).toBe(0)
  expect(found[0]).toEqual([1, 5, 1, 1, 1])
})

test('a database that is opened anew, as after a kill, has counted what was committed, and nothing else', async () => {
  const path = await newPath()
  const shop = await busyShop(path)
  // A transaction that was under way is rolled back by the next process that opens the file.
  const db = openDatabase(path)
  const copy = `${path}.copy`
  await db.backup(copy)
  db.close()
  const again = await sqlite(copy)
  onTestFinished(() => again.close())
  expect(bothOf(copy).counted).toEqual(bothOf(copy).found)
  expect((await again.pulse()).queues.map(({ entered, left }) => [entered, left])).toEqual(
    (await shop.pulse()).queues.map(({ entered, left }) => [entered, left]),
  )
})

// Seen to fail: without `counts.clear()` where a transaction is rolled back.
test('a request that is refused is not counted, beside others that are done in the same transaction', async () => {
  const path = await newPath()
  const shop = await busyShop(path)
  const lost = { kind: 'bury', queue: 'shop/first', id: 't8', hop: 1, lease: 7 } as const
  const asked = ['x', 'y', 'z'].map((id, n) => shop.commit([entering(id), ...(n === 1 ? [lost] : [])]))
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
  ])
  expect(bothOf(path).counted).toEqual(bothOf(path).found)
})

test('after an edit by hand the queues are recounted', async () => {
  const path = await newPath()
  await busyShop(path)
  const db = openDatabase(path)
  db.exec(`update pw_tokens set status = 'dead' where id in ('t6', 't7');
    update pw_tokens set queue = (select ref from pw_queues where name = 'shop/desk') where id = 't8'`)
  expect(bothOf(path).counted).not.toEqual(bothOf(path).found)
  recount(path)
  expect(bothOf(path).counted).toEqual(bothOf(path).found)
  expect(bothOf(path).rest).toBe(0)
  db.close()
})

// Seen to fail: with an update that does not ask for `checks`.
test('a queue with many messages is recounted in parts while others work, and what is missing added once by two processes', async () => {
  const path = await newPath()
  const shop = await openShop(path)
  const db = openDatabase(path)
  db.exec(`with recursive n (i) as (select 1 union all select i + 1 from n where i < 50000)
    insert into pw_tokens (token, id, workflow, entered_at, queue, hop, status, deploy, arrived_at, priority, value)
    select i, 't' || i, 'shop', 1, (select ref from pw_queues where name = 'shop/first'), 1, 'ready', 1, 1, i % 2, 'null' from n`)
  const recounters = [1, 2].map(() => makeRecounter(db, path, -60_000))
  // Each call takes as long as it may, and so does one part.
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 1000))
  onTestFinished(() => void vi.restoreAllMocks())
  let steps = 0
  for (let more = true; more; steps++) {
    more = recounters.map((each) => each.step(0)).includes(true)
    await shop.commit([entering(`new${steps}`)])
  }
  db.close()
  expect((await shop.count('shop/first'))[0]!.ready).toBe(50_000 + steps)
})

test('the file of an older version is counted as it is migrated, and again where it was not', async () => {
  const path = await newPath()
  await busyShop(path)
  const db = openDatabase(path)
  db.exec('delete from pw_counts')
  db.close()
  recount(path)
  expect(bothOf(path).counted).toEqual(bothOf(path).found)
})
