import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { postgres } from '../../../src/backends/postgres/postgres.ts'
import type { Backend } from '../../../src/queue/backend.ts'
import { testBackend, testBackendModel } from '../../../src/testing/index.ts'
import { entering, moving, shop } from '../../backends/postgres/press-shop.ts'
import { folder } from '../../cli/rig.ts'
import { postgresUrl, takeSchema } from '../../postgres/schemas.ts'
import { freePort } from '../../readme/installed.ts'
import { figure } from '../figures.ts'
import { tool } from './tools.ts'

// The PgBouncer of the distribution between us and Postgres: in its transaction mode, where each transaction is given another session,
// and in its session mode, with everything.

vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 })

const nobody = 65534
const modes = { transaction: false, session: true }
type Mode = keyof typeof modes
const urls = new Map<Mode, string>()
const pools = new Map<Mode, pg.Pool>()
const ends: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  for (const mode of Object.keys(modes) as Mode[]) {
    const url = await startBouncer(mode)
    urls.set(mode, url)
    const pool = new pg.Pool({ connectionString: url, max: 8 })
    pools.set(mode, pool)
    ends.unshift(() => pool.end())
  }
})

afterAll(async () => {
  for (const end of ends) await end()
})

async function startBouncer(mode: Mode): Promise<string> {
  const home = folder()
  const port = await freePort()
  const to = new URL(postgresUrl())
  writeFileSync(join(home, 'users'), `"${to.username}" ""\n`)
  const settings = [
    ...[`listen_addr = 127.0.0.1`, `listen_port = ${port}`, 'unix_socket_dir =', `logfile = ${home}/log`],
    ...['auth_type = trust', `auth_file = ${home}/users`, `pool_mode = ${mode}`],
    ...['default_pool_size = 40', 'max_client_conn = 500', `pidfile = ${home}/pid`],
  ]
  const server = `* = host=${to.hostname} port=${to.port}`
  writeFileSync(join(home, 'pgbouncer.ini'), `[databases]\n${server}\n[pgbouncer]\n${settings.join('\n')}\n`)
  // It refuses to run as root.
  const isRoot = process.getuid?.() === 0
  if (isRoot) chownSync(home, nobody, nobody)
  chmodSync(home, 0o755)
  tool('pgbouncer', '--version')
  const child = spawn('pgbouncer', [join(home, 'pgbouncer.ini')], {
    ...(isRoot && { uid: nobody, gid: nobody }),
    stdio: 'ignore',
  })
  ends.push(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGQUIT')
    if (child.exitCode === null) await ended
  })
  const url = Object.assign(new URL(to), { hostname: '127.0.0.1', port: String(port) }).href
  const isUp = async () => {
    const client = new pg.Client(url)
    client.on('error', () => {})
    const answer = await client.connect().then(
      () => true,
      () => false,
    )
    await client.end().catch(() => {})
    return answer
  }
  await vi.waitUntil(isUp, { timeout: 10_000, interval: 50 })
  return url
}

describe.each(Object.entries(modes) as [Mode, boolean][])(
  'behind PgBouncer in its %s mode',
  (mode, sessions) => {
    const open = (schema: string) => postgres(urls.get(mode), { schema, sessions })

    testBackend(
      'postgres',
      async (clock) => {
        const schema = takeSchema()
        const options = { clock, sessions, pool: pools.get(mode)! }
        let backend = await schema.open(options)
        const clients: pg.Client[] = []
        return {
          backend,
          async begin() {
            const transaction = new pg.Client(urls.get(mode))
            clients.push(transaction)
            await transaction.connect()
            await transaction.query('begin')
            return {
              transaction,
              commit: () => transaction.query('commit'),
              rollback: () => transaction.query('rollback'),
            }
          },
          async reopen() {
            await backend.close()
            backend = await schema.open(options)
            return backend
          },
          async close() {
            for (const client of clients) await client.end()
            await backend.close()
            await schema.free()
          },
        }
      },
      { describe, it },
    )

    testBackendModel(
      'postgres',
      async (clock) => {
        const schema = takeSchema()
        const backend = await schema.open({ clock, sessions, pool: pools.get(mode)! })
        const close = async () => {
          await backend.close()
          await schema.free()
        }
        return { backend, close }
      },
      { describe, it, runs: 1 },
    )

    it('processes work beside each other, and wake each other', async () => {
      const schema = takeSchema()
      onTestFinished(() => schema.free())
      const backends = await Promise.all([0, 1, 2].map(() => open(schema.name)))
      onTestFinished(async () => void (await Promise.all(backends.map((each) => each.close()))))
      for (const each of backends) await each.declare(shop)
      const [first, ...workers] = backends as [Backend, ...Backend[]]
      const enough = new AbortController()
      const working = workers.flatMap((each) => [
        workOn(each, 'first', 'second', enough.signal),
        workOn(each, 'second', 'done', enough.signal),
      ])
      const done = async () => (await first.count('done'))[0]!.ready
      const ids = Array.from({ length: 300 }, (_, n) => `t${n}`)
      for (const id of ids) await first.commit([entering(id)])
      await vi.waitUntil(async () => (await done()) === ids.length, { timeout: 60_000, interval: 50 })
      // Now that all is idle.
      const waits: number[] = []
      for (const n of [0, 1, 2, 3, 4]) {
        const since = performance.now()
        await first.commit([entering(`late${n}`)])
        await vi.waitUntil(async () => (await done()) === ids.length + n + 1, {
          timeout: 10_000,
          interval: 10,
        })
        waits.push(Math.round(performance.now() - since))
      }
      enough.abort()
      await Promise.all(working)
      const longest = Math.max(...waits)
      const demanded = 'idle processes take a token over two stages within 3 s'
      figure(`PgBouncer, ${mode} mode`, demanded, `${longest} ms`, longest < 3000)
      for (const id of ids) {
        const journey = await first.journey('shop', id)
        expect(journey?.lines.filter(({ event }) => event === 'moved')).toHaveLength(2)
      }
    })
  },
)

it('a process that means to have sessions is told that it has none', async () => {
  const schema = takeSchema()
  onTestFinished(() => schema.free())
  await (await schema.open()).close()
  await expect(postgres(urls.get('transaction'), { schema: schema.name })).rejects.toThrow(
    /^The database postgres:.+ is behind a pooler that gives each transaction another connection: add "sessions=false"/,
  )
})

it('nothing is prepared, and no session listens, where there are none', async () => {
  const found = await pools
    .get('transaction')!
    .query(
      `select (select count(*) from pg_prepared_statements where name like 'pw%') as prepared, (select count(*) from pg_listening_channels()) as heard`,
    )
  expect(found.rows).toEqual([{ prepared: '0', heard: '0' }])
})

async function workOn(backend: Backend, from: string, to: string, signal: AbortSignal): Promise<void> {
  const term = { owner: 'w', leaseMs: 10_000, timeoutMs: 60_000, limit: 10 }
  let isNews = false
  let tell = () => {}
  const stop = backend.watch((queue) => {
    isNews ||= queue === undefined || queue === from
    if (isNews) tell()
  })
  signal.addEventListener('abort', () => tell())
  while (!signal.aborted) {
    isNews = false
    const rows = await backend.lease(from, term)
    await Promise.all(rows.map((row) => backend.commit(moving(row, from, to))))
    if (rows.length > 0 || isNews) continue
    await new Promise<void>((resolve) => {
      tell = resolve
      if (signal.aborted) resolve()
    })
  }
  stop()
}
