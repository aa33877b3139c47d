import { rename } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openDatabase } from '../../../src/backends/sqlite/open-database.mjs'
import type { Fence } from '../../../src/queue/change.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { entering, moving, newPath, openShop, until } from './fixture.ts'

function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('leases are renewed while the event loop is busy for three times as long as they last', async () => {
  const path = await newPath()
  const shop = await openShop(path)
  await shop.commit([entering('a')])
  const leaseMs = 900
  let fences: readonly Fence[] | undefined
  const stop = shop.keep!('me', leaseMs / 9, (holding) => (fences = holding))
  await until(() => fences !== undefined, 'the thread has started')
  const [held] = await shop.lease('shop/first', { owner: 'me', leaseMs, timeoutMs: 60_000 })
  const mine = { queue: 'shop/first', id: 'a', hop: 1, lease: held!.lease }
  await until(() => fences?.length === 1, 'the thread reports')
  expect(fences).toEqual([mine])
  block(3 * leaseMs)
  const others = await shop.lease('shop/first', { owner: 'another', leaseMs, timeoutMs: 60_000 })
  expect(others).toEqual([])
  await shop.commit(moving(held!, 'shop/first', 'shop/second'))
  await until(() => fences?.length === 0, 'the thread reports that nothing is held')
  stop()
})

test('the thread ends without a word when the backend is closed', async () => {
  const warnings: string[] = []
  const shop = await openShop(await newPath(), { onWarning: (message) => void warnings.push(message) })
  let reports = 0
  shop.keep!('me', 20, () => void reports++)
  await until(() => reports > 0, 'the thread reports')
  await shop.close()
  expect(warnings).toEqual([])
})

test('no renewal goes past the deadline', async () => {
  const shop = await openShop(await newPath())
  await shop.commit([entering('a')])
  let started = false
  const stop = shop.keep!('me', 100, () => (started = true))
  await until(() => started, 'the thread has started')
  await shop.lease('shop/first', { owner: 'me', leaseMs: 900, timeoutMs: 1200 })
  let again: readonly { attempts: number; suspect: boolean }[] = []
  await until(async () => {
    again = await shop.lease('shop/first', { owner: 'another', leaseMs: 10_000, timeoutMs: 60_000 })
    return again.length > 0
  }, 'the lease ends at its deadline')
  expect(again).toMatchObject([{ attempts: 1, suspect: false }])
  stop()
})

test('by a clock that tests move, leases are renewed from here', async () => {
  const clock = new FakeClock()
  const shop = await openShop(await newPath(), { clock })
  await shop.commit([entering('a')])
  await shop.lease('shop/first', { owner: 'me', leaseMs: 1000, timeoutMs: 60_000 })
  const reports: number[] = []
  const stop = shop.keep!('me', 300, (fences) => reports.push(fences.length))
  for (let n = 1; n <= 10; n++) {
    await clock.advance(300)
    await until(() => reports.length === n, 'the renewal is committed')
  }
  expect(await shop.lease('shop/first', { owner: 'another', leaseMs: 1000, timeoutMs: 1000 })).toEqual([])
  stop()
  await clock.advance(1000)
  expect(await shop.lease('shop/first', { owner: 'another', leaseMs: 1000, timeoutMs: 1000 })).toHaveLength(1)
})

test('a lease that is further ahead than it is long was given before this boot, and is void', async () => {
  const path = await newPath()
  const clock = new FakeClock()
  const shop = await openShop(path, { clock })
  await shop.commit([entering('old'), entering('young')])
  await shop.lease('shop/first', { owner: 'me', leaseMs: 1000, timeoutMs: 5000, limit: 2 })
  const db = openDatabase(path)
  db.exec(`update shop_first set until = until + 1000000, deadline = deadline + 1000000 where id = 'old'`)
  db.close()
  const again = await openShop(path, { clock })
  const leased = await again.lease('shop/first', { owner: 'me', leaseMs: 1000, timeoutMs: 5000, limit: 2 })
  expect(leased).toMatchObject([{ id: 'old', attempts: 0, suspect: true }])
})

test('the WAL is emptied when nobody writes, and its growth is stopped while somebody does', async () => {
  const warnings: string[] = []
  const shop = await openShop(await newPath(), { onWarning: (message) => warnings.push(message) })
  const stop = shop.keep!('me', 10_000, () => {})
  const value = { tag: 'New', text: 'x'.repeat(20_000) }
  let most = 0
  for (let n = 0; n < 40; n++) {
    await Promise.all(Array.from({ length: 50 }, (_, k) => shop.commit([entering(`${n}-${k}`, { value })])))
    most = Math.max(most, shop.metrics().walBytes)
  }
  await until(() => shop.metrics().walBytes === 0, 'the WAL is truncated')
  expect(most).toBeLessThan(64 * 2 ** 20)
  expect(warnings).toEqual([])
  stop()
})

test('when the thread cannot run, leases are renewed from here and the WAL is kept short in commits', async () => {
  const warnings: string[] = []
  const path = await newPath()
  const shop = await openShop(path, { onWarning: (message) => warnings.push(message) })
  // Whoever has it open goes on, and nobody else can open it.
  await rename(path, `${path}.away`)
  const reports: number[] = []
  const stop = shop.keep!('me', 50, (fences) => reports.push(fences.length))
  await until(() => warnings.length > 0, 'the thread has failed')
  expect(warnings).toEqual([
    'The thread that renews leases and keeps the WAL short failed: it could not open the database (SQLITE_CANTOPEN)',
  ])
  const value = { tag: 'New', text: 'x'.repeat(100_000) }
  for (let n = 0; n < 30; n++)
    await Promise.all(Array.from({ length: 10 }, (_, k) => shop.commit([entering(`${n}-${k}`, { value })])))
  // As much as one group has, beside the 4 MB that are left alone.
  expect(shop.metrics().walBytes).toBeLessThan(12 * 2 ** 20)
  await until(() => reports.length > 0, 'leases are renewed from here')
  await rename(`${path}.away`, path)
  const known = reports.length
  await until(() => reports.length > known, 'the thread runs again')
  stop()
})
