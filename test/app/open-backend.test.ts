import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fastify } from 'fastify'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { readConfig } from '../../src/app/config/read-config.ts'
import { databaseOf } from '../../src/app/database/database-of.ts'
import { databaseUrl } from '../../src/app/database/database-url.ts'
import { openBackend } from '../../src/app/database/open-backend.ts'
import { looking, type Planned } from '../../src/backends/sqlite/look/look.ts'
import type { Backend } from '../../src/index.ts'
import { serveBackend } from '../../src/serve/index.ts'
import { builtFile } from '../built.ts'
import { postgresUrl, sql } from '../postgres/schemas.ts'

let folder: string
let schema: string
let url: string
let made = 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipewright-open-'))
  schema = `opened_${process.pid}_${++made}`
  url = `${postgresUrl()}?schema=${schema}`
  onTestFinished(async () => {
    rmSync(folder, { recursive: true, force: true })
    await sql(`drop schema if exists ${schema} cascade`)
  })
})

const queue = { name: 'shop/first', role: 'stage', was: [] } as const
const declaration = { workflow: 'shop', queues: [queue], fingerprint: 'f' }
const token = { id: 'a', hop: 1, frames: [], priority: 0, deploy: 1 }
const push = { kind: 'push', queue: queue.name, value: 1, enter: 'refuse', token } as const

/** Lets a token enter, and asks how many there are. */
async function tryOut(backend: Backend): Promise<number | undefined> {
  await backend.declare(declaration)
  await backend.commit([push])
  const [count] = await backend.count(queue.name)
  return count?.ready
}

it('opens a file, and makes its folder', async () => {
  for (const text of [join(folder, 'a/b/queues.db'), `sqlite:${join(folder, 'c/queues.db')}`]) {
    const backend = await openBackend(text)
    expect(await tryOut(backend)).toBe(1)
    expect(databaseOf(backend)).toBe(text.replace('sqlite:', ''))
    await backend.close()
  }
})

it('opens memory and a schema of a Postgres', async () => {
  for (const text of ['memory:', url]) {
    const backend = await openBackend(text)
    expect(await tryOut(backend)).toBe(1)
    await backend.close()
  }
  const again = await openBackend(postgresUrl(), { schema })
  expect(await again.count(queue.name)).toMatchObject([{ ready: 1 }])
  await again.close()
})

it('opens what a machine serves, by the token of the environment', async () => {
  const memory = await openBackend('memory:')
  const server = fastify({ forceCloseConnections: true })
  await server.register(serveBackend(memory, { token: 'a-long-and-secret-word' }))
  onTestFinished(() => server.close())
  const address = await server.listen({ port: 0, host: '127.0.0.1' })
  process.env['PIPEWRIGHT_BACKEND_TOKEN'] = 'a-long-and-secret-word'
  onTestFinished(() => void delete process.env['PIPEWRIGHT_BACKEND_TOKEN'])
  const backend = await openBackend(address)
  expect(await tryOut(backend)).toBe(1)
  await backend.close()
})

it('keeps the history of a Postgres for so many days', async () => {
  const said: string[] = []
  const onWarning = (message: string) => said.push(message)
  const backend = await openBackend(url, { historyDays: 3, valuesDays: 2, onWarning })
  expect(await tryOut(backend)).toBe(1)
  await backend.close()
  expect(said).toEqual([])
  await expect(openBackend(url, { historyDays: 0.5 })).rejects.toThrow('historyDays is 0.5;')
})

it('says which options a database has not, and refuses those that nothing reads', async () => {
  const said: string[] = []
  const backend = await openBackend('memory:', { historyDays: 3, onWarning: (message) => said.push(message) })
  await backend.close()
  expect(said).toEqual([
    '"historyDays" is for SQLite files and Postgres: in memory: what is older is kept as well.',
  ])
  await expect(openBackend('memory:', { histroyDays: 3 } as object)).rejects.toThrow(
    'openBackend() is given "histroyDays", which nothing reads.',
  )
})

it('shows no password of a database that cannot be reached', async () => {
  const gone = 'postgres://ann:hunter2@127.0.0.1:1/shop'
  const error = await openBackend(gone, { waitMs: 0 }).catch((thrown: Error) => thrown)
  expect(error).toMatchObject({ code: 'backend' })
  expect((error as Error).message).toMatch(/^The database postgres:\/\/\.\.\.@127\.0\.0\.1:1\/shop could not/)
})

it('makes no schema for a command that only looks, and lets it write nothing', async () => {
  const absent: string[] = []
  const empty = await looking({ mayWrite: true, absent }, () => openBackend(url))
  expect(await empty.count()).toEqual([])
  expect(empty.isPrivate).toBeUndefined()
  expect(absent).toEqual([expect.stringMatching(new RegExp(`^postgres://.*\\(schema ${schema}\\)$`))])
  expect(await sql(`select 1 from pg_namespace where nspname = '${schema}'`)).toEqual([])

  const made = await looking({ mayWrite: true, mayMake: true }, () => openBackend(url))
  await tryOut(made)
  await made.close()
  const seen = await looking({ mayWrite: false }, () => openBackend(url))
  expect(await seen.count(queue.name)).toMatchObject([{ ready: 1 }])
  await expect(seen.commit([push])).rejects.toThrow('is only looked at')
  await seen.close()
})

it('migrates a Postgres only if it is told so, and tells the statements', async () => {
  await (await openBackend(url)).close()
  await sql(`update ${schema}.pw_meta set version = 99`)
  await expect(looking({ mayWrite: true }, () => openBackend(url))).rejects.toThrow('newer Pipewright')
  await sql(`drop schema ${schema} cascade`)
  const planned: Planned[] = []
  await looking({ mayWrite: false, planned }, () => openBackend(url))
  expect(planned).toMatchObject([
    { from: 0, statements: expect.arrayContaining([expect.stringContaining('create table')]) },
  ])
  expect(await sql(`select 1 from pg_namespace where nspname = '${schema}'`)).toEqual([])
})

it('takes a database from a config: a path from its folder, a URL as it is, and no other', async () => {
  const read = (database: string) => readConfig(z.object({ database: databaseUrl().default(database) }))
  expect(await read('queues.db')).toEqual({ database: join(process.cwd(), 'queues.db') })
  expect(await read('sqlite:queues.db')).toEqual({ database: join(process.cwd(), 'queues.db') })
  expect(await read('postgres://ann@db/shop')).toEqual({ database: 'postgres://ann@db/shop' })
  expect(await read('memory:')).toEqual({ database: 'memory:' })
  const { error } = databaseUrl().safeParse('mysql://ann:hunter2@db/shop')
  expect(error!.issues[0]!.message).toMatch(/^"mysql:" names no database here/)
})

// Loaders say what is loaded: in a process of its own, since these tests have loaded all.
const refusing = (name: string) => `
  import { register } from 'node:module'
  register('data:text/javascript,' + encodeURIComponent(\`
    export async function resolve(specifier, context, next) {
      if (specifier !== '${name}') return next(specifier, context)
      throw Object.assign(new Error("Cannot find package '${name}' imported from a test"), { code: 'ERR_MODULE_NOT_FOUND' })
    }\`), import.meta.url)
  const { openBackend } = await import(process.argv[1])
  for (const database of process.argv.slice(2)) {
    const said = await openBackend(database).then((backend) => backend.close().then(() => 'opened'), (error) => error.message)
    console.log(said)
  }
`

it('needs the package of no other database, and says what to install', () => {
  const index = builtFile('src/index.ts')
  const script = ['--input-type=module', '-e', refusing('pg'), index, join(folder, 'a.db'), 'memory:', url]
  expect(execFileSync(process.execPath, script, { encoding: 'utf8' })).toBe(
    'opened\nopened\nA Postgres is reached by the package pg, which is not installed beside Pipewright: `npm install pg`.\n',
  )
  const loads = `
    const { openBackend } = await import(process.argv[1])
    await (await openBackend(process.argv[2])).close()
    const { createRequire } = await import('node:module')
    console.log(Object.keys(createRequire(process.argv[1]).cache).filter((path) => /better.sqlite3/.test(path)).length)
  `
  const loaded = ['--input-type=module', '-e', loads, index, url]
  expect(execFileSync(process.execPath, loaded, { encoding: 'utf8' })).toBe('0\n')
  expect(existsSync(join(folder, 'a.db'))).toBe(true)
})
