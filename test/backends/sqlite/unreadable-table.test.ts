import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import type { Leased } from '../../../src/queue/rows.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { entering, newPath, openShop, request, until, workflow } from './fixture.ts'

const other = [
  { name: 'other/stage', role: 'stage' },
  { name: 'other/desk', role: 'review' },
] as const
const drop = 'drop table other_stage; drop table other_desk'
const renew = { ...request, leaseMs: 1000 }

function sayOf(path: string, queue: string, table: string) {
  const sentence = `Queue "${queue}" stands still, since its table ${table} in ${path} cannot be read (no such table: ${table})`
  return `${sentence}; put the table back under that name, or the file from a backup: all other queues go on.`
}

async function openBoth(path: string, clock?: FakeClock) {
  const warnings: string[] = []
  const shop = await openShop(path, { ...(clock && { clock }), onWarning: (said) => warnings.push(said) })
  await shop.declare({ workflow: 'other', queues: other, fingerprint: 'v1' })
  const db = openDatabase(path)
  onTestFinished(() => void db.close())
  return { shop, warnings, hand: (sql: string) => db.exec(sql) }
}

// Seen to fail: with `renewing.mjs` of before, which a fault in the first table stops.
test('the keeper renews the leases of all queues but the one whose table is gone, and does not call those lost', async () => {
  const path = await newPath()
  const { shop, warnings, hand } = await openBoth(path)
  await shop.commit([entering('x', { queue: 'other/stage' }), entering('y')])
  let lost = 0
  for (const queue of ['other/stage', 'shop/first']) {
    const [{ id, hop, lease }] = (await shop.lease(queue, renew)) as readonly [Leased]
    shop.keep!({ queue, id, hop, lease }, renew.leaseMs, () => lost++)
  }
  hand('alter table other_stage rename to away')
  const untilOfFirst = () => shop.query('select until from shop_first')
  await until(() => warnings.length > 0, 'the operator was told')
  const before = JSON.stringify((await untilOfFirst()).rows)
  await until(
    async () => JSON.stringify((await untilOfFirst()).rows) !== before,
    'the other lease was renewed',
  )
  expect(new Set(warnings)).toEqual(new Set([sayOf(path, 'other/stage', 'other_stage')]))
  expect(lost).toBe(0)
})

// Seen to fail: with one transaction of all desks, with watchers and counts that stop at the first fault, and with callers
// who are all rejected.
test('what is asked for beside a table that is gone is answered, and each fault is said in one sentence', async () => {
  const path = await newPath()
  const clock = new FakeClock()
  const { shop, warnings, hand } = await openBoth(path, clock)
  await shop.commit([entering('y'), entering('d', { queue: 'shop/desk' })])
  const [held] = await shop.lease('shop/first', request)
  await shop.lease('shop/desk', { owner: 'person:ann', leaseMs: 1500, timeoutMs: 1500 })
  hand(drop)
  const fence = { queue: 'shop/first', id: 'y', hop: held!.hop, lease: held!.lease }
  expect((await shop.extend(request.owner, [fence])).held).toEqual([fence])
  const [pushed, leased] = await Promise.allSettled([
    shop.commit([entering('beside')]),
    shop.lease('other/stage', request),
  ])
  expect(pushed.status).toBe('fulfilled')
  expect(leased).toMatchObject({
    reason: { code: 'backend', message: expect.stringContaining('no such table: other_stage') },
  })
  await clock.advance(2000)
  const lineOf = async () => (await shop.journey(workflow, 'd'))?.lines.at(-1)?.event
  await until(async () => (await lineOf()) === 'expired', 'the claim was ended')
  expect((await shop.count()).map(({ queue }) => queue)).not.toContain('other/stage')
  expect((await shop.count('shop/first'))[0]).toMatchObject({ ready: 1, leased: 1 })
  const told: (string | undefined)[] = []
  shop.watch((queue) => told.push(queue))
  told.length = 0
  const theirs = await sqlite(path, { clock })
  onTestFinished(() => theirs.close())
  await theirs.commit([entering('theirs')])
  await clock.advance(1000)
  await until(() => told.includes('shop/first'), 'the other process is heard')
  expect([...new Set(warnings)].sort()).toEqual([
    sayOf(path, 'other/desk', 'other_desk'),
    sayOf(path, 'other/stage', 'other_stage'),
  ])
  expect(warnings.length).toBe(2)
})

// Seen to fail: each view answered `no such table: main.other_stage` for good.
test('the views are made without a table that is gone, and with it when it is back', async () => {
  const path = await newPath()
  const clock = new FakeClock()
  const { shop, hand } = await openBoth(path, clock)
  await shop.commit([entering('x', { queue: 'other/stage' }), entering('y')])
  const names = async () => (await shop.query('select name from queues order by name')).rows.flat()
  const ids = async () => (await shop.query('select id from tokens order by id')).rows.flat()
  expect(await ids()).toEqual(['x', 'y'])
  hand('create table kept as select * from other_stage; drop table other_stage')
  await expect(ids()).rejects.toThrow('no such table: main.other_stage')
  const isSeen = async (wanted: readonly string[]) => {
    await clock.advance(1000)
    return JSON.stringify(await ids().catch(() => undefined)) === JSON.stringify(wanted)
  }
  await until(() => isSeen(['y']), 'the views are made anew')
  expect(await names()).not.toContain('other/stage')
  expect(await names()).toContain('shop/first')
  hand('alter table kept rename to other_stage')
  await until(() => isSeen(['x', 'y']), 'the table is in them again')
})

// Seen to fail: it goes on for ever without the look at `careful` in `commit`.
test('what fails in the commit and is no fault of a caller rejects them all, and stops nothing for good', async () => {
  const { shop, hand } = await openBoth(await newPath())
  await shop.commit([entering('a')])
  hand('alter table pw_clock rename to away')
  await expect(shop.lease('shop/first', request)).rejects.toMatchObject({ code: 'backend' })
  hand('alter table away rename to pw_clock')
  expect(await shop.lease('shop/first', request)).toHaveLength(1)
})
