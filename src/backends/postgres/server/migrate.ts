import type { ClientBase } from 'pg'
import { BackendError } from '../../../queue/errors.ts'
import { refuseFilling } from '../house/state.ts'
import { migrations } from './migrations.ts'
import { ownIdle } from './patience.ts'
import { literal, quoted } from './qualify.ts'

/** The version of the schema that this package has. */
const schemaVersion = migrations.length

/** What is to be done before a schema can be used. */
export interface Plan {
  /** The version that it has; 0 where there are no tables of ours. */
  readonly from: number
  readonly to: number
  /** The statements, as they would be run. */
  readonly statements: readonly string[]
}

/** What would bring a schema up to date. Rejects with a `BackendError` if a newer package has made it. */
export async function planMigration(client: ClientBase, schema: string): Promise<Plan> {
  const from = await versionOf(client, schema)
  if (from > schemaVersion)
    throw new BackendError(
      `The schema "${schema}" has version ${from}, which a newer Pipewright has made; this one knows ${schemaVersion}. Update this package.`,
    )
  const isThere = await isFound(client, 'pg_namespace where nspname = $1', schema)
  return { from, to: schemaVersion, statements: statementsFrom(schema, { from, isThere }) }
}

/**
 * Brings a schema up to date: in one transaction, so that it is as before if anything fails, and under a lock, so that of several
 * processes that start at once one does it. Resolves with the version that it had. Rejects with a `BackendError` if a move fills it.
 */
export async function migrate(client: ClientBase, schema: string, where: string): Promise<number> {
  const plan = await planMigration(client, schema)
  if (plan.from > 0) await refuseFilling(client, schema, where)
  if (plan.statements.length === 0) return schemaVersion
  // Whatever is set for the role: what another process has made meanwhile must be seen, and waited for.
  await client.query('begin isolation level read committed')
  try {
    await client.query(`set local statement_timeout = 0; set local lock_timeout = 0; ${ownIdle}`)
    await client.query(`select pg_advisory_xact_lock(hashtext(${literal(`${schema}/migration`)}), 0)`)
    const { from, statements } = await planMigration(client, schema)
    if (from > 0) await refuseFilling(client, schema, where)
    for (const statement of statements) await client.query(statement)
    await client.query('commit')
    return from
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

// To make what is there already would need a right on the database that its owner need not have.
function statementsFrom(
  schema: string,
  { from, isThere }: { readonly from: number; readonly isThere: boolean },
): readonly string[] {
  if (from === schemaVersion) return []
  return [
    ...(from === 0 && !isThere ? [`create schema if not exists ${quoted(schema)}`] : []),
    `set local search_path to ${quoted(schema)}`,
    ...migrations.slice(from),
    from === 0
      ? `insert into pw_meta (version) values (${schemaVersion})`
      : `update pw_meta set version = ${schemaVersion}, registry = registry + 1`,
  ]
}

async function versionOf(client: ClientBase, schema: string): Promise<number> {
  const which = `pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relname = 'pw_meta' and n.nspname = $1`
  if (!(await isFound(client, which, schema))) return 0
  const version = await client.query<{ version: number }>(`select version from ${quoted(schema)}.pw_meta`)
  return Number(version.rows[0]?.version ?? 0)
}

// By the tables of the catalogue: `to_regclass` may answer from what its session knew before it has waited for a lock.
async function isFound(client: ClientBase, which: string, schema: string): Promise<boolean> {
  return (await client.query(`select from ${which}`, [schema])).rowCount === 1
}
