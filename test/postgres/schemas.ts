import pg from 'pg'
import { inject } from 'vitest'
import { type PostgresOptions, postgres } from '../../src/backends/postgres/postgres.ts'
import { quoted } from '../../src/backends/postgres/server/qualify.ts'
import type { Backend } from '../../src/queue/backend.ts'

let made = 0
/** Those that no test uses: to make one takes longer than most tests. */
const free: string[] = []
let admin: pg.Pool | undefined

/** The URL of the Postgres of the tests. */
export function postgresUrl(): string {
  return inject('postgres')
}

/** Runs SQL there. */
export async function sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  admin ??= new pg.Pool({ connectionString: postgresUrl(), max: 2, allowExitOnIdle: true })
  return (await admin.query<Row>(text, values)).rows
}

/** An empty schema, and how it is opened; `free` empties it for another test. */
export interface Schema {
  readonly name: string
  open(options?: PostgresOptions): Promise<Backend>
  free(): Promise<void>
}

/** A schema without tokens and queues, which no other test uses. */
export function takeSchema(): Schema {
  const name = free.pop() ?? `test_${process.pid}_${++made}_${Math.random().toString(36).slice(2, 8)}`
  return {
    name,
    open: (options) => postgres(postgresUrl(), { schema: name, ...options }),
    async free() {
      await empty(name)
      free.push(name)
    },
  }
}

async function empty(schema: string): Promise<void> {
  const relations = await sql<{ name: string; kind: string }>(
    `select c.relname as name, c.relkind as kind from pg_class c where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p', 'S', 'v')`,
    [schema],
  )
  const own = new Set(await viewsOfQueues(schema))
  const tables = relations.filter(({ name, kind }) => kind !== 'S' && kind !== 'v' && name !== 'pw_meta')
  const views = relations.filter(({ name }) => own.has(name))
  const at = (name: string) => `${quoted(schema)}.${quoted(name)}`
  await sql(
    [
      ...views.map(({ name }) => `drop view ${at(name)}`),
      `truncate ${tables.map(({ name }) => at(name)).join(', ')} restart identity`,
      ...relations.filter(({ kind }) => kind === 'S').map(({ name }) => `alter sequence ${at(name)} restart`),
      `update ${at('pw_meta')} set registry = registry + 1`,
    ].join(';\n'),
  )
}

async function viewsOfQueues(schema: string): Promise<readonly string[]> {
  const queues = await sql<{ view: string }>(`select view from ${quoted(schema)}.pw_queues`)
  return queues.map(({ view }) => view)
}
