import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { openSchema, postgresUrl, sql } from '../../postgres/schemas.ts'
import { drizzleOf, kyselyOf, prismaOf } from './builders.ts'
import { openShop, order } from './shop.ts'

test('a token enters if, and only if, the transaction of the caller is committed', async () => {
  const { queues, connect, waiting, backend } = await openShop()
  const client = await connect('begin')
  expect(await queues.input.push('a', order(), { in: client, priority: 3, by: 'ann' })).toEqual({
    entered: true,
  })
  expect(await waiting()).toEqual([])
  await client.query('commit')
  expect(await waiting()).toEqual(['a'])
  expect(await backend.journey('shop', 'a')).toMatchObject({
    priority: 3,
    lines: [{ event: 'entered', actor: 'ann', queue: 'shop/main' }],
  })
  await client.query('begin')
  await queues.input.push('b', order(), { in: client })
  await client.query('rollback')
  expect(await waiting()).toEqual(['a'])
})

test('what is refused leaves the transaction as it was', async () => {
  const { queues, connect, waiting } = await openShop()
  await queues.input.push('known', order())
  const client = await connect('begin; create temporary table orders (id text)')
  await client.query(`insert into orders values ('x')`)
  await expect(queues.input.push('known', order(), { in: client })).rejects.toThrow('"known"')
  await queues.input.push('new', order(), { in: client })
  await client.query('commit')
  expect((await client.query('select id from orders')).rows).toEqual([{ id: 'x' }])
  expect(await waiting()).toEqual(['known', 'new'])
})

test('several pushes at once in one transaction come one after the other', async () => {
  const { queues, connect, waiting } = await openShop()
  const client = await connect('begin')
  const push = (id: string) => queues.input.push(id, order(), { in: client })
  const done = await Promise.allSettled([push('a'), push('a'), push('b'), push('c')])
  expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  await client.query('commit')
  expect(await waiting()).toEqual(['a', 'b', 'c'])
})

test('other transactions go on while one of a caller is open', async () => {
  const { queues, connect, waiting, backend } = await openShop()
  const client = await connect('begin')
  const other = await connect('begin')
  await queues.input.push('a', order(), { in: client })
  await queues.input.push('b', order(), { in: other })
  await queues.input.push('c', order())
  expect(await waiting()).toEqual(['c'])
  await other.query('commit')
  await client.query('commit')
  expect(await backend.count('shop/main')).toMatchObject([{ ready: 3 }])
  const lines = await backend.lines({})
  expect(lines.lines.map(({ id }) => id).toSorted()).toEqual(['a', 'b', 'c'])
})

test('those who watch are told after the caller has committed', async () => {
  const { queues, connect, backend } = await openShop()
  const client = await connect('begin')
  await queues.input.push('a', order(), { in: client })
  let isThere = false
  const told = new Promise<void>((resolve) => {
    const stop = backend.watch(() => {
      if (isThere) resolve()
    })
    onTestFinished(stop)
  })
  isThere = true
  await client.query('commit')
  await told
  expect(await backend.lease('shop/main', { owner: 'w', leaseMs: 1000, timeoutMs: 1000 })).toHaveLength(1)
})

test('a transaction that is none, or sees no news, is refused with a sentence', async () => {
  const { queues, connect, waiting } = await openShop()
  const pool = new pg.Pool({ connectionString: postgresUrl() })
  onTestFinished(() => pool.end())
  const refused = (transaction: object) => queues.input.push('a', order(), { in: transaction })
  await expect(refused(pool)).rejects.toThrow('it is a pool')
  await expect(refused({})).rejects.toThrow('no client of the package pg')
  await expect(refused(await connect())).rejects.toThrow('in no transaction')
  await expect(refused(await connect('begin isolation level repeatable read'))).rejects.toThrow(
    'it is REPEATABLE READ, and would see the queues as they were',
  )
  await expect(refused(await connect('begin isolation level serializable'))).rejects.toThrow('SERIALIZABLE')
  const failed = await connect('begin')
  await failed.query('nonsense').catch(() => {})
  await expect(refused(failed)).rejects.toThrow('a statement of it has failed')
  await expect(refused(await connect('begin read only'))).rejects.toThrow('read-only')
  expect(await waiting()).toEqual([])
})

test('a transaction in another database is refused', async () => {
  const { queues, connect } = await openShop()
  const name = `other_${process.pid}`
  await sql(`create database ${name}`)
  const url = new URL(postgresUrl())
  url.pathname = `/${name}`
  const client = new pg.Client(url.href)
  await client.connect()
  onTestFinished(async () => {
    await client.end()
    await sql(`drop database ${name}`)
  })
  await client.query('begin')
  await expect(queues.input.push('a', order(), { in: client })).rejects.toThrow('another database')
  await client.query('rollback')
  const here = await connect('begin')
  expect(await queues.input.push('a', order(), { in: here })).toEqual({ entered: true })
})

test.each([
  ['Drizzle with node-postgres', (client: pg.Client) => drizzleOf(client, true)],
  ['Drizzle with another driver', (client: pg.Client) => drizzleOf(client, false)],
  ['Kysely', kyselyOf],
  ['Prisma', prismaOf],
])('a transaction of %s is one too', async (_, builderOf) => {
  const { queues, connect, waiting, backend } = await openShop()
  const odd = `it's "odd" \\ $1 pw_tokens \u{1f600}`
  await queues.input.push('known', order())
  const client = await connect('begin; set local standard_conforming_strings = off')
  const transaction = builderOf(client)
  expect(await queues.input.push(odd, order(odd), { in: transaction, by: odd })).toEqual({ entered: true })
  const once = { key: odd, forMs: 60_000 }
  expect(await queues.input.push('b', order(), { in: transaction, once })).toEqual({ entered: true })
  expect(await queues.input.push('c', order(), { in: transaction, once })).toEqual({ entered: false })
  await expect(queues.input.push('known', order(), { in: transaction })).rejects.toThrow('"known"')
  await client.query('commit')
  expect(await waiting()).toEqual(['known', odd, 'b'])
  expect(await backend.get('shop/main', odd)).toMatchObject({ value: order(odd) })
  await expect(queues.input.push('d', order(), { in: transaction })).rejects.toThrow('in no transaction')
})

/** A backend with one queue, and a push into it with a key. */
async function keyedQueue() {
  const { backend } = await openSchema()
  await backend.declare({
    ...{ workflow: 'w', fingerprint: 'f', spec: {} },
    queues: [{ name: 'w/a', role: 'stage' }],
  } as never)
  const pushing = (id: string, key: string) => [
    {
      ...{ kind: 'push', queue: 'w/a', key, value: 1, enter: 'refuse' },
      token: { id, hop: 1, frames: [], priority: 0, deploy: 1 },
    } as never,
  ]
  return { backend, pushing }
}

const request = { owner: 'o', leaseMs: 60_000, timeoutMs: 60_000 }

test('messages with keys enter in lanes, also those that are new', async () => {
  const { backend, pushing } = await keyedQueue()
  const client = new pg.Client(postgresUrl())
  await client.connect()
  onTestFinished(() => client.end())
  await client.query('begin')
  const push = (id: string, key: string) => backend.commitIn!(kyselyOf(client), pushing(id, key))
  await push('a', 'x')
  await push('b', 'x')
  await push('c', 'y')
  await client.query('commit')
  const leased = await backend.lease('w/a', { ...request, limit: 2 })
  expect(leased.map(({ id }) => id)).toEqual(['a', 'c'])
})

test('transactions of many callers, with keys, beside other work: each enters once, or not at all', async () => {
  const { backend, pushing } = await keyedQueue()
  const pool = new pg.Pool({ connectionString: postgresUrl(), max: 6 })
  onTestFinished(() => pool.end())
  const within = async (n: number) => {
    const client = await pool.connect()
    await client.query('begin')
    await backend.commitIn!(client, pushing(`in ${n}`, `k${n % 3}`))
    await backend.commitIn!(client, pushing(`too ${n}`, `new ${n}`))
    await client.query(n % 4 === 0 ? 'rollback' : 'commit')
    client.release()
  }
  const count = 40
  const work: Promise<unknown>[] = []
  for (let n = 0; n < count; n++) {
    work.push(within(n), backend.commit(pushing(`by ${n}`, `k${n % 3}`)))
    if (n % 8 === 0) work.push(backend.lease('w/a', request))
  }
  await Promise.all(work)
  const [found] = await backend.count('w/a')
  expect(found!.ready + found!.leased).toBe(count + 2 * 30)
  const ids = new Set<string>()
  for (let more = 1; more > 0; ) {
    const leased = await backend.lease('w/a', { ...request, limit: 1000 })
    for (const { id } of leased) ids.add(id)
    more = leased.length
  }
  expect(ids.size).toBe(found!.ready)
}, 30_000)
