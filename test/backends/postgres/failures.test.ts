import pg from 'pg'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { postgres } from '../../../src/backends/postgres/postgres.ts'
import { makeDatabase } from '../../postgres/own-database.ts'
import { type Server, startServer } from '../../postgres/server.ts'
import { entering, moving, shop } from './press-shop.ts'

vi.setConfig({ testTimeout: 60_000 })
const term = { owner: 'ann', leaseMs: 60_000, timeoutMs: 60_000 }
const closes: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close()
})

async function open(url: string) {
  const backend = await postgres(url)
  closes.push(() => backend.close())
  await backend.declare(shop)
  return backend
}

/** A connection of an operator. */
async function operator(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  await client.connect()
  client.on('error', () => {})
  closes.push(() => client.end().catch(() => {}))
  return client
}

test('a write waits for what another session has locked, whatever limits its sessions have', async () => {
  const url = await makeDatabase({ statement_timeout: '200ms', lock_timeout: '20ms' })
  const backend = await open(url)
  await backend.commit([entering('a')])
  const other = await operator(url)
  await other.query('set statement_timeout = 0; begin; select from pipewright.pw_tokens for update')
  const taken = backend.commit([{ kind: 'take', event: 'cancelled', queue: 'first', id: 'a' }])
  const waits = async () =>
    (
      await other.query(
        "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      )
    ).rowCount === 1
  await vi.waitUntil(waits)
  await other.query('select pg_sleep(0.5)')
  await other.query('commit')
  await taken
  expect(await backend.get('first', 'a')).toBeUndefined()
})

test('a session that its process leaves alone is ended by the server, and its work begins again', async () => {
  const url = await makeDatabase()
  const backend = await open(url)
  const other = await operator(url)
  for (let n = 0; n < 20; n++) {
    const done = backend.commit([entering(`t${n}`)])
    const ending = other.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    await Promise.all([done, ending])
  }
  expect((await backend.count('first'))[0]).toMatchObject({ ready: 20 })
})

test('of a database that only reads one is told so as it is opened', async () => {
  const url = await makeDatabase()
  await (await open(url)).close()
  const other = await operator(url)
  await other.query(`alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = on`)
  await expect(postgres(url)).rejects.toThrow(/only reads \(.+\): it is a standby, or was set so; nothing/)
})

test('what does not fit on the disk is refused by one sentence, and nothing of it is there', async () => {
  const url = await makeDatabase()
  const backend = await open(url)
  const other = await operator(url)
  await other.query(`create function full_disk() returns trigger language plpgsql as
    $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$;
    create trigger full_disk before insert on pipewright.pw_history execute function full_disk()`)
  const refused = await Promise.allSettled([backend.commit([entering('a')]), backend.commit([entering('b')])])
  for (const each of refused)
    expect(each).toMatchObject({
      reason: {
        code: 'backend',
        message: expect.stringMatching(
          /has no room left \(could not extend file\); nothing of this was recorded/,
        ),
      },
    })
  await other.query('drop trigger full_disk on pipewright.pw_history')
  expect(await backend.count('first')).toMatchObject([{ ready: 0 }])
  await backend.commit([entering('a')])
})

test('a server that has too many connections, or starts, is waited for', async () => {
  const server = await startServer({ settings: ['max_connections=20', 'synchronous_commit=on'] })
  onTestFinished(() => server.stop())
  const backend = await open(server.url)
  const other = await operator(server.url)
  await other.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and query <> $1',
    [''],
  )
  const crowd: pg.Client[] = []
  const crowded = await Promise.allSettled(
    Array.from({ length: 100 }, async () => {
      const client = new pg.Client(server.url)
      client.on('error', () => {})
      await client.connect()
      crowd.push(client)
    }),
  )
  expect(crowded.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(70)
  const done = backend.commit([entering('a')])
  await other.query('select pg_sleep(0.3)')
  for (const client of crowd) void client.end()
  await done
  const [leased] = await backend.lease('first', { ...term, limit: 1 })
  await server.crash()
  const moved = backend.commit(moving(leased!, 'first', 'second'))
  await server.startAgain()
  await moved
  expect((await backend.get('second', 'a'))?.hop).toBe(leased!.hop + 1)
})

test('a server that starts is waited for as it is opened, and one line says so', async () => {
  const server = await startServer()
  onTestFinished(() => server.stop())
  await server.crash()
  await expect(postgres(server.url, { waitMs: 0 })).rejects.toThrow(/could not be reached: .+ECONNREFUSED/)
  await expect(postgres(server.url, { waitMs: -1 })).rejects.toThrow(
    'waitMs is -1; it is a number of milliseconds from 0.',
  )
  const warned: string[] = []
  const opening = postgres(server.url, { onWarning: (message) => warned.push(message) })
  await vi.waitUntil(() => warned.length > 0)
  await server.startAgain()
  const backend = await opening
  closes.push(() => backend.close())
  await backend.declare(shop)
  expect(warned).toEqual([
    expect.stringMatching(/cannot be reached yet \(.*ECONNREFUSED.*\); it is waited for up to 60 seconds\.$/),
  ])
})

test('of several servers the one is used that can be written to, and another when that is gone', async () => {
  const first = await startServer()
  onTestFinished(() => first.stop())
  const second = await startServer()
  onTestFinished(() => second.stop())
  const reads = async (is: boolean, server: Server) => {
    const client = await operator(server.url)
    await client.query('set session characteristics as transaction read write')
    await client.query(`alter database postgres set default_transaction_read_only = ${is}`)
  }
  await reads(true, first)
  const url = `postgres://pipewright@127.0.0.1:${first.port},127.0.0.1:${second.port}/postgres?target_session_attrs=read-write`
  const backend = await open(url)
  await backend.commit([entering('a')])
  const there = async (server: Server) => {
    const { rows } = await (await operator(server.url)).query(
      `select to_regclass('pipewright.pw_tokens') as found`,
    )
    return rows[0].found !== null
  }
  expect([await there(first), await there(second)]).toEqual([false, true])
  await reads(false, first)
  await (await open(first.url)).close()
  await second.crash()
  await backend.commit([entering('b')])
  expect((await backend.count('first'))[0]).toMatchObject({ ready: 1 })
})

test('a server that is gone for good is given up with one sentence', async () => {
  const server = await startServer()
  onTestFinished(() => server.stop())
  const backend = await open(server.url)
  await server.crash()
  const refused = backend.commit([entering('a')]).catch((error: unknown) => error)
  // It waits for the server, but not as long where it is closed.
  await expect(backend.count()).rejects.toThrow(/could not be reached: .+; nothing of this was recorded/)
  await backend.close()
  expect(await refused).toMatchObject({
    code: 'backend',
    message: expect.stringMatching(/could not be reached: .+ECONNREFUSED.+; nothing of this was recorded\.$/),
  })
})
