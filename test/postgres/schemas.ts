import pg, { type QueryResult } from 'pg'
import { inject, onTestFinished } from 'vitest'
import { type PostgresOptions, postgres } from '../../src/backends/postgres/postgres.ts'
import { qualify, quoted } from '../../src/backends/postgres/server/qualify.ts'
import { createInboxCounts } from '../../src/backends/postgres/tables/inbox-tables.ts'
import type { Backend } from '../../src/queue/backend.ts'

let made = 0
/** Those that no test uses: to make one takes longer than most tests. */
const free: string[] = []
let shared: pg.Pool | undefined

/** The connections of the tests of one worker: what they have planned once they know. */
function pool(): pg.Pool {
  shared ??= new pg.Pool({ connectionString: postgresUrl(), max: 8, allowExitOnIdle: true })
  return shared
}

/** The URL of the Postgres of the tests. */
export function postgresUrl(): string {
  return inject('postgres')
}

/** Runs SQL there. */
export async function sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await pool().query<Row>(text, values)).rows
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
    open: (options) => postgres(undefined, { schema: name, pool: pool(), ...options }),
    async free() {
      if (await hasOtherMonths(name)) await sql(`drop schema ${quoted(name)} cascade`)
      else {
        await empty(name)
        free.push(name)
      }
    },
  }
}

/** A backend in a schema that no other test uses, and its name; it is closed and free after the test. */
export async function openSchema(
  options?: PostgresOptions,
): Promise<{ readonly name: string; readonly backend: Backend }> {
  const schema = takeSchema()
  const backend = await schema.open(options)
  onTestFinished(async () => {
    await backend.close()
    await schema.free()
  })
  return { name: schema.name, backend }
}

// A test whose clock is in other months, or that has dropped some, leaves another history than a new schema has.
async function hasOtherMonths(schema: string): Promise<boolean> {
  const parts = await sql<{ name: string }>(
    'select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass',
    [`${quoted(schema)}.pw_history`],
  )
  const now = new Date()
  const months = [0, 1, 2].map((n) => {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + n))
    return `pw_history_${month.toISOString().slice(0, 7).replace('-', '_')}`
  })
  const wanted = [...months, 'pw_history_rest']
  return parts.length !== wanted.length || parts.some(({ name }) => !wanted.includes(name))
}

/** So many that they would be in the way of the next test. */
const manyRows = 1000

async function empty(schema: string): Promise<void> {
  const relations = await sql<{ name: string; kind: string }>(
    `select c.relname as name, c.relkind as kind from pg_class c where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p', 'v')`,
    [schema],
  )
  const own = new Set(await viewsOfQueues(schema))
  const inboxes = await namesOfInboxes(schema)
  const tables = relations.filter(
    ({ name, kind }) => kind !== 'v' && name !== 'pw_meta' && !inboxes.includes(name),
  )
  const views = relations.filter(({ name }) => own.has(name))
  const at = (name: string) => `${quoted(schema)}.${quoted(name)}`
  const truncate = `truncate ${tables.map(({ name }) => at(name)).join(', ')}`
  const deleted = (await pool().query(
    [
      ...(inboxes.length > 0 ? [qualify(schema, createInboxCounts(schema, []))] : []),
      ...inboxes.map((name) => `drop table ${at(name)}`),
      ...views.map(({ name }) => `drop view ${at(name)}`),
      // To truncate makes new files for each table and index, and has all that is planned planned again.
      ...tables.map(({ name }) => `delete from ${at(name)}`),
      `select setval(seqrelid::regclass, seqstart, false) from pg_sequence join pg_class c on c.oid = seqrelid where relnamespace = '${quoted(schema)}'::regnamespace`,
      `update ${at('pw_meta')} set registry = registry + 1`,
    ].join(';\n'),
  )) as unknown as readonly QueryResult[]
  if (deleted.some(({ rowCount }) => Number(rowCount) > manyRows)) await sql(truncate)
}

async function namesOfInboxes(schema: string): Promise<readonly string[]> {
  return (await sql<{ name: string }>(`select name from ${quoted(schema)}.pw_inboxes`)).map(
    ({ name }) => name,
  )
}

async function viewsOfQueues(schema: string): Promise<readonly string[]> {
  const queues = await sql<{ view: string }>(`select view from ${quoted(schema)}.pw_queues`)
  return queues.map(({ view }) => view)
}
