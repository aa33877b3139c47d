import { readFileSync } from 'node:fs'
import pg from 'pg'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type PostgresOptions, postgres } from '../../../src/backends/postgres/postgres.ts'
import type { Backend } from '../../../src/queue/backend.ts'
import type { Change } from '../../../src/queue/change.ts'
import { makeDatabase } from '../../postgres/own-database.ts'
import { startServer } from '../../postgres/server.ts'
import { entering, moving, shop } from './press-shop.ts'

// What an operator has set for the role or the server, or what it has not enough of.

vi.setConfig({ testTimeout: 120_000 })

const term = { owner: 'ann', leaseMs: 60_000, timeoutMs: 60_000 }

async function open(url: string, options: PostgresOptions = {}): Promise<Backend> {
  const backend = await postgres(url, options)
  onTestFinished(() => backend.close())
  await backend.declare(shop)
  return backend
}

async function client(url: string): Promise<pg.Client> {
  const made = new pg.Client(url)
  made.on('error', () => {})
  await made.connect()
  onTestFinished(() => made.end().catch(() => {}))
  return made
}

/** Asks again for what was not recorded, which is safe, if an error says so by `again`. */
async function insist<T>(again: RegExp, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!again.test((error as Error).message)) throw error
    }
  }
}

const never = /^(?!)/

/** Lets tokens enter and moves them to the end, by all backends at once; returns what is wrong in the end. */
async function workThrough(
  backends: readonly Backend[],
  count: number,
  again = never,
): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, n) => `t${n}`)
  const commit = (backend: Backend, changes: readonly Change[]) =>
    insist(again, () => backend.commit(changes))
  await Promise.all(ids.map((id, n) => commit(backends[n % backends.length]!, [entering(id)])))
  const isOver = async () => (await insist(again, () => backends[0]!.count('done')))[0]!.ready === count
  const work = async (backend: Backend, from: string, to: string) => {
    while (!(await isOver())) {
      const rows = await insist(again, () => backend.lease(from, { ...term, limit: 5 }))
      await Promise.all(rows.map((row) => commit(backend, moving(row, from, to))))
    }
  }
  await Promise.all(backends.flatMap((each) => [work(each, 'first', 'second'), work(each, 'second', 'done')]))
  const journeys = await Promise.all(ids.map((id) => backends[0]!.journey('shop', id)))
  return journeys.flatMap((journey, n) => {
    const moves = journey?.lines.filter(({ event }) => event === 'moved').length
    return moves === 2 ? [] : [`${ids[n]} has ${moves} moves`]
  })
}

it.each(['serializable', 'repeatable read'])(
  'nothing fails or is done twice where the role has %s by default, and its operator is told',
  async (isolation) => {
    const url = await makeDatabase({ default_transaction_isolation: isolation })
    const warnings: string[] = []
    const onWarning = (message: string) => void warnings.push(message)
    const backends = await Promise.all([0, 1, 2].map(() => open(url, { onWarning })))
    expect(await workThrough(backends, 120)).toEqual([])
    // A deployment of another process counts from the next statement on.
    await backends[0]!.declare({ ...shop, fingerprint: 'v2', queues: shop.queues.slice(1) })
    await expect(backends[1]!.commit([entering('late')])).rejects.toThrow(/first/)
    const told =
      /The role that uses the database .+ has a default_transaction_isolation other than "read committed"/
    expect(warnings.filter((each) => told.test(each))).toHaveLength(3)
    expect(warnings.filter((each) => !told.test(each))).toEqual([])
  },
)

it('short limits of idle sessions and transactions keep no work from its end', async () => {
  const url = await makeDatabase({
    ...{ idle_session_timeout: '300ms', idle_in_transaction_session_timeout: '30ms' },
    ...{ lock_timeout: '10ms', statement_timeout: '2s' },
  })
  const backends = await Promise.all([open(url), open(url)])
  expect(await workThrough(backends, 60)).toEqual([])
})

it('the session that listens is not ended for being idle', async () => {
  const url = await makeDatabase({ idle_session_timeout: '300ms' })
  const [from, to] = [await open(url), await open(url)]
  const heard: (string | undefined)[] = []
  const stop = to.watch((queue) => void heard.push(queue))
  const operator = await client(url)
  const listeners = async () => {
    const { rows } = await operator.query<{ pid: number }>(
      `select pid from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and objsubid = 2
         and database = (select oid from pg_database where datname = current_database())`,
    )
    return rows.map(({ pid }) => pid)
  }
  await operator.query('set idle_session_timeout = 0')
  await vi.waitFor(async () => expect(await listeners()).toHaveLength(1), 10_000)
  const before = await listeners()
  await operator.query('select pg_sleep(1)')
  expect(await listeners()).toEqual(before)
  heard.length = 0
  await from.commit([entering('a')])
  await vi.waitFor(() => expect(heard).toContain('first'), 10_000)
  stop()
})

// In `npm test` fewer: each that is refused takes a process of the server.
const many = process.env['CHAOS'] === 'long' ? 500 : 100

it(`where ${many} connections want in and 20 may, ours do all of their work`, {
  timeout: 180_000,
}, async () => {
  const server = await startServer({ settings: ['max_connections=20', 'synchronous_commit=on'] })
  onTestFinished(() => server.stop())
  const backends = await Promise.all([0, 1, 2].map(() => open(server.url, { connections: 3 })))
  const held: pg.Client[] = []
  let refused = 0
  const comeIn = async () => {
    const made = new pg.Client(server.url)
    made.on('error', () => {})
    await made.connect().then(
      () => held.push(made),
      () => refused++,
    )
  }
  const crowding = (async () => {
    for (let n = 0; n < many; n += 20) await Promise.all(Array.from({ length: 20 }, comeIn))
    await Promise.all(held.map((each) => each.end()))
  })()
  const wrong = await workThrough(backends, 60, /no connection left .+ nothing of this was recorded/)
  await crowding
  expect(wrong).toEqual([])
  expect(refused).toBeGreaterThanOrEqual(many - 20)
})

it('a process that starts waits for a place, and says what to do if there is none', async () => {
  const server = await startServer({ settings: ['max_connections=10'] })
  onTestFinished(() => server.stop())
  const taken = await Promise.all(Array.from({ length: 10 }, () => client(server.url)))
  await expect(postgres(server.url)).rejects.toThrow(
    /^The server of the database .+ has no connection left \(.+\); nothing of this was recorded\. Raise its max_connections/,
  )
  const waiting = open(server.url)
  await Promise.all(taken.map((each) => each.end()))
  await (await waiting).commit([entering('a')])
})

it('a log of all statements has no password, and nothing of the environment', async () => {
  const server = await startServer({
    settings: ['log_statement=all', 'log_connections=on', 'log_min_duration_statement=0'],
  })
  onTestFinished(() => server.stop())
  const operator = await client(server.url)
  await operator.query(`create role worker login superuser password 'not-in-any-log'`)
  const url = Object.assign(new URL(server.url), { username: 'worker', password: 'not-in-any-log' }).href
  // The server's own words come a moment later.
  await vi.waitFor(() => expect(readFileSync(server.log, 'utf8')).toContain('create role worker'), 10_000)
  const before = readFileSync(server.log, 'utf8').length
  const backend = await open(url)
  expect(await workThrough([backend], 10)).toEqual([])
  const log = readFileSync(server.log, 'utf8').slice(before)
  expect(log).toContain('pw_turn(')
  expect(log).not.toContain('not-in-any-log')
})
