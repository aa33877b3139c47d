import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import type { SqliteBackend } from '../../../src/backends/sqlite/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { entering, moving, newPath, openShop, until } from './fixture.ts'

function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

const leaseMs = 900
const patient = { owner: 'me', leaseMs, timeoutMs: 60_000 }
const impatient = { owner: 'another', leaseMs, timeoutMs: 60_000 }

/** Leases `id` from the first queue and keeps the lease; says whether it was called lost. */
async function keepOne(shop: SqliteBackend, id: string, request = patient) {
  const [held] = await shop.lease('shop/first', { ...request, ids: [id] })
  const fence = { queue: 'shop/first', id, hop: held!.hop, lease: held!.lease }
  const kept = { held: held!, isLost: false, drop: () => {} }
  kept.drop = shop.keep!(fence, request.leaseMs, () => (kept.isLost = true), request.owner)
  return kept
}

const untilOf = (path: string) => {
  const db = openDatabase(path, { readonly: true })
  onTestFinished(() => void db.close())
  return db.prepare<[string], number>('select until from shop_first where id = ?').pluck()
}

test('leases are renewed while the event loop is busy for three times as long as they last', async () => {
  const path = await newPath()
  const shop = await openShop(path)
  await shop.commit([entering('first'), entering('a')])
  // The thread has started when it has renewed one.
  const first = await keepOne(shop, 'first')
  const untilNow = untilOf(path)
  const before = untilNow.get('first')!
  await until(() => untilNow.get('first')! > before, 'the thread has started')
  const a = await keepOne(shop, 'a')
  block(3 * leaseMs)
  expect(await shop.lease('shop/first', impatient)).toEqual([])
  await shop.commit(moving(a.held, 'shop/first', 'shop/second'))
  expect([first.isLost, a.isLost]).toEqual([false, false])
})

test('what is not kept any more is not renewed, though its owner keeps others', async () => {
  const path = await newPath()
  const shop = await openShop(path)
  await shop.commit([entering('dropped'), entering('kept')])
  const dropped = await keepOne(shop, 'dropped')
  const kept = await keepOne(shop, 'kept')
  dropped.drop()
  dropped.drop()
  let again: readonly { id: string }[] = []
  await until(async () => {
    again = await shop.lease('shop/first', { ...impatient, limit: 2 })
    return again.length > 0
  }, 'the lease has run out')
  expect(again).toMatchObject([{ id: 'dropped', suspect: true }])
  expect(kept.isLost).toBe(false)
})

test('a lease that is gone is called lost, and the one that has its place is not', async () => {
  const shop = await openShop(await newPath())
  await shop.commit([entering('a'), entering('b'), entering('c')])
  const a = await keepOne(shop, 'a')
  const b = await keepOne(shop, 'b')
  a.drop()
  const c = await keepOne(shop, 'c')
  await shop.commit([{ kind: 'take', queue: 'shop/first', id: 'b', event: 'cancelled' }])
  await until(() => b.isLost, 'the thread has found that it is gone')
  expect([a.isLost, c.isLost]).toEqual([false, false])
})

test('a lease that ran out is not taken from the process that keeps it', async () => {
  const clock = new FakeClock()
  const shop = await openShop(await newPath(), { clock })
  await shop.commit([entering('kept'), entering('dropped')])
  const kept = await keepOne(shop, 'kept')
  const dropped = await keepOne(shop, 'dropped')
  dropped.drop()
  // As after a stall: the time has passed, and no timer has rung.
  clock.stall(5 * leaseMs)
  expect(await shop.lease('shop/first', { ...impatient, limit: 2 })).toMatchObject([{ id: 'dropped' }])
  await shop.commit(moving(kept.held, 'shop/first', 'shop/second'))
})

test('the thread ends without a word when the backend is closed', async () => {
  const warnings: string[] = []
  const path = await newPath()
  const shop = await openShop(path, { onWarning: (message) => void warnings.push(message) })
  await shop.commit([entering('a')])
  await keepOne(shop, 'a')
  const untilNow = untilOf(path)
  const before = untilNow.get('a')!
  await until(() => untilNow.get('a')! > before, 'the thread has started')
  await shop.close()
  expect(warnings).toEqual([])
})

test('no renewal goes past the deadline', async () => {
  const shop = await openShop(await newPath())
  await shop.commit([entering('a')])
  await keepOne(shop, 'a', { ...patient, timeoutMs: 1200 })
  let again: readonly { attempts: number; suspect: boolean }[] = []
  await until(async () => {
    again = await shop.lease('shop/first', { owner: 'another', leaseMs: 10_000, timeoutMs: 60_000 })
    return again.length > 0
  }, 'the lease ends at its deadline')
  expect(again).toMatchObject([{ attempts: 1, suspect: false }])
})

test('by a clock that tests move, leases are renewed from here', async () => {
  const path = await newPath()
  const clock = new FakeClock()
  const shop = await openShop(path, { clock })
  const other = await openShop(path, { clock })
  await shop.commit([entering('a')])
  const a = await keepOne(shop, 'a')
  const untilNow = untilOf(path)
  for (let n = 1; n <= 10; n++) {
    const before = untilNow.get('a')!
    await clock.advance(leaseMs / 3)
    await until(() => untilNow.get('a')! > before, 'the renewal is committed')
  }
  expect(await other.lease('shop/first', impatient)).toEqual([])
  a.drop()
  await clock.advance(leaseMs)
  expect(await other.lease('shop/first', impatient)).toHaveLength(1)
})

test('a lease that is further ahead than it is long was given before this boot, and is void', async () => {
  const path = await newPath()
  const clock = new FakeClock()
  const shop = await openShop(path, { clock })
  await shop.commit([entering('old'), entering('young')])
  await shop.lease('shop/first', { owner: 'me', leaseMs: 1000, timeoutMs: 5000, limit: 2 })
  const db = openDatabase(path)
  db.exec(`update pw_tokens set until = until + 1000000, deadline = deadline + 1000000 where id = 'old'`)
  db.close()
  const again = await openShop(path, { clock })
  const leased = await again.lease('shop/first', { owner: 'me', leaseMs: 1000, timeoutMs: 5000, limit: 2 })
  expect(leased).toMatchObject([{ id: 'old', attempts: 0, suspect: true }])
})

test('the WAL is emptied when no process writes, and its growth is stopped while one does', async () => {
  const warnings: string[] = []
  const shop = await openShop(await newPath(), { onWarning: (message) => warnings.push(message) })
  const value = { tag: 'New', text: 'x'.repeat(10_000) }
  let most = 0
  for (let n = 0; n < 40; n++) {
    await Promise.all(Array.from({ length: 50 }, (_, k) => shop.commit([entering(`${n}-${k}`, { value })])))
    most = Math.max(most, shop.metrics().walBytes)
  }
  await until(() => shop.metrics().walBytes === 0, 'the WAL is truncated')
  expect(most).toBeLessThan(64 * 2 ** 20)
  expect(warnings).toEqual([])
})

test('when the thread cannot run, leases are renewed from here and the WAL is kept short in commits', async () => {
  const warnings: string[] = []
  const path = await newPath()
  const shop = await openShop(path, { onWarning: (message) => warnings.push(message) })
  await shop.commit([entering('a')])
  const untilNow = untilOf(path)
  // This process has it open and goes on; the thread cannot open it.
  await rename(path, `${path}.away`)
  const a = await keepOne(shop, 'a')
  const atFirst = untilNow.get('a')!
  await until(() => warnings.length > 0, 'the thread has failed')
  expect(warnings).toEqual([
    'The thread that renews leases and keeps the WAL short failed: it could not open the database (SQLITE_CANTOPEN)',
  ])
  const value = { tag: 'New', text: 'x'.repeat(100_000) }
  for (let n = 0; n < 30; n++)
    await Promise.all(Array.from({ length: 10 }, (_, k) => shop.commit([entering(`${n}-${k}`, { value })])))
  // As much as one group has, beside the 4 MB that are left alone.
  expect(shop.metrics().walBytes).toBeLessThan(12 * 2 ** 20)
  await until(() => untilNow.get('a')! > atFirst, 'the lease is renewed from here')
  await rename(`${path}.away`, path)
  await until(() => existsSync(`${path}-wal`) && shop.metrics().walBytes === 0, 'the thread runs again')
  expect(a.isLost).toBe(false)
})

test('a lease that is shorter than those before is renewed in its own time, before the thread runs', async () => {
  const clock = new FakeClock()
  const path = await newPath()
  const shop = await openShop(path, { clock })
  const other = await openShop(path, { clock })
  await shop.commit([entering('long'), entering('short')])
  await keepOne(shop, 'long', { ...patient, leaseMs: 30_000 })
  await keepOne(shop, 'short', { ...patient, leaseMs: 200 })
  await clock.advance(300)
  expect(await other.lease('shop/first', { ...impatient, leaseMs: 200 })).toEqual([])
})

test('the clock is read when no other process can give a lease any more', async () => {
  const path = await newPath()
  let isOpen = false
  const clock = new FakeClock()
  const seen: string[] = []
  const shop = await openShop(path, {
    clock: {
      ...clock,
      after: clock.after.bind(clock),
      now: () => clock.now(),
      elapsed: () => look() ?? clock.elapsed(),
    },
  })
  const other = openDatabase(path, { timeout: 0 })
  onTestFinished(() => void other.close())
  function look(): undefined {
    if (!isOpen) return
    try {
      other.exec('begin immediate; rollback')
      seen.push('another could write')
    } catch {
      seen.push('no other process could write')
    }
  }
  isOpen = true
  await shop.commit([entering('a')])
  isOpen = false
  expect(seen).toEqual(['no other process could write'])
})
