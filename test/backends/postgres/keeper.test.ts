import pg from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Keeper } from '../../../src/backends/postgres/keeper/keeper.ts'
import { Database } from '../../../src/backends/postgres/server/database.ts'
import type { PoolLike } from '../../../src/backends/postgres/server/pool-like.ts'
import { systemClock } from '../../../src/queue/clock.ts'
import { postgresUrl, sql } from '../../postgres/schemas.ts'
import { openShop, order } from './shop.ts'

const leaseMs = 600
const request = { owner: 'w', leaseMs, timeoutMs: 600_000 }

/** A shop in which `a` is leased, and what its row says of the lease. */
async function heldShop() {
  const shop = await openShop()
  await shop.queues.input.push('a', order())
  const [row] = await shop.backend.lease('shop/main', request)
  const { hop, lease, id } = row!
  const table = `${shop.schema.name}.pw_tokens`
  const cells = async () => {
    const [found] = await sql<{ token: string; left: string; status: string; suspect: boolean }>(
      `select token, until - ${shop.schema.name}.pw_now() as left, status, suspect from ${table}`,
    )
    return { ...found!, token: Number(found!.token), left: Number(found!.left) }
  }
  return { ...shop, table, cells, fence: { queue: 'shop/main', id, hop, lease } }
}

/** A keeper that reaches the database by its thread, or by the event loop, alone. */
function keeperOf(schema: string, by: 'thread' | 'loop') {
  const pool: PoolLike =
    by === 'loop'
      ? new pg.Pool({ connectionString: postgresUrl() })
      : { connect: () => Promise.reject(new Error('Not by the loop.')) }
  const database = new Database({
    ...{ pool, schema, clock: undefined, where: 'here', isOwn: true, prepares: true },
  })
  const reach = by === 'thread' ? { url: postgresUrl() } : undefined
  const keeper = new Keeper({ database, clock: systemClock, reach, warn: () => {} })
  onTestFinished(async () => {
    await keeper.close()
    await database.close()
  })
  return keeper
}

/** Keeps the event loop busy. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

test.each(['thread', 'loop'] as const)('a lease is renewed by the %s until it is dropped', async (by) => {
  const { schema, cells, table, fence } = await heldShop()
  const keeper = keeperOf(schema.name, by)
  const { token } = await cells()
  await sql(`update ${table} set until = ${schema.name}.pw_now() - 5000`)
  const drop = keeper.keep({ ...fence, token }, leaseMs, () => {})
  expect(keeper.has(token, fence.hop, fence.lease)).toBe(true)
  await vi.waitFor(async () => expect((await cells()).left).toBeGreaterThan(0), 10_000)
  if (by === 'thread') {
    block(4 * leaseMs)
    expect((await cells()).left).toBeGreaterThan(0)
  }
  drop()
  expect(keeper.has(token, fence.hop, fence.lease)).toBe(false)
  await vi.waitFor(async () => expect((await cells()).left).toBeLessThan(0), 10_000)
})

test.each(['thread', 'loop'] as const)('the %s finds that a lease is gone', async (by) => {
  const { schema, cells, table, fence } = await heldShop()
  const keeper = keeperOf(schema.name, by)
  const { token } = await cells()
  const lost = new Promise<void>((resolve) => keeper.keep({ ...fence, token }, leaseMs, resolve))
  await sql(`update ${table} set lease = lease + 1`)
  await lost
})

test('a lease whose row is in hand keeps no other from its renewal, and none goes past its deadline', async () => {
  const { schema, queues, backend, table, connect } = await heldShop()
  await queues.input.push('b', order())
  await backend.lease('shop/main', request)
  const rows = await sql<{ token: string; hop: number; lease: number; id: string }>(`select * from ${table}`)
  await sql(`update ${table} set until = 1, deadline = case when id = 'a' then deadline else 5 end`)
  const other = await connect(`begin; update ${table} set progress = '1' where id = 'a'`)
  const keeper = keeperOf(schema.name, 'thread')
  for (const row of rows) keeper.keep({ ...row, token: Number(row.token) }, leaseMs, () => {})
  const until = async (id: string) =>
    (await sql<{ until: string }>(`select until from ${table} where id = $1`, [id]))[0]!.until
  await vi.waitFor(async () => expect(await until('b')).toBe('5'), 10_000)
  expect(await until('a')).toBe('1')
  await other.query('commit')
  await vi.waitFor(async () => expect(Number(await until('a'))).toBeGreaterThan(1000), 10_000)
})

test('a process does not take its own late work for lost; another one does', async () => {
  const { backend, schema, table, cells, fence } = await heldShop()
  const other = await schema.open()
  onTestFinished(() => other.close())
  const drop = backend.keep!(fence, 3_600_000, () => {}, request.owner)
  await sql(`update ${table} set until = 1`)
  expect(await backend.lease('shop/main', request)).toEqual([])
  expect(await cells()).toMatchObject({ status: 'leased', suspect: false })
  drop()
  await sql(`update ${table} set until = 1`)
  expect(await other.lease('shop/main', request)).toMatchObject([{ id: 'a', suspect: true }])
})

test('a lease that another call has brought is kept too', async () => {
  const { backend, table, cells, fence } = await heldShop()
  backend.keep!(fence, leaseMs, () => {}, request.owner)()
  // Its token is known once, and then has to be found.
  const drop = backend.keep!(fence, leaseMs, () => {}, request.owner)
  await sql(`update ${table} set until = 1`)
  await vi.waitFor(async () => expect((await cells()).left).toBeGreaterThan(0), 10_000)
  drop()
})
