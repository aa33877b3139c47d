import type { Client } from 'pg'
import { quoted } from '../server/qualify.ts'

/** Drops all that is ours in a schema, in the transaction that is open, and the schema if nothing else is in it. */
export async function razeSchema(client: Client, schema: string): Promise<void> {
  const at = (name: string) => `${quoted(schema)}.${quoted(name)}`
  const relations = await client.query<{ name: string; kind: string }>(
    `select relname as name, relkind as kind from pg_class c where relnamespace = $1::regnamespace and relname like 'pw\\_%'
       and (relkind in ('r', 'p') or relkind = 'S' and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'i'))`,
    [quoted(schema)],
  )
  const names = relations.rows.some(({ name }) => name === 'pw_inboxes')
    ? await client.query<{ name: string }>(`select name from ${at('pw_inboxes')}`)
    : undefined
  for (const { name } of names?.rows ?? []) await client.query(`drop table if exists ${at(name)} cascade`)
  await client.query(`drop function if exists ${at('wake')}()`)
  // With them go their views, and the months of the history.
  for (const { name, kind } of relations.rows)
    await client.query(`drop ${kind === 'S' ? 'sequence' : 'table'} if exists ${at(name)} cascade`)
  const routines = await client.query<{ signature: string }>(
    `select p.oid::regprocedure::text as signature from pg_proc p where pronamespace = $1::regnamespace and proname like 'pw\\_%'`,
    [quoted(schema)],
  )
  for (const { signature } of routines.rows) await client.query(`drop routine if exists ${signature} cascade`)
  const rest = await client.query('select from pg_class where relnamespace = $1::regnamespace limit 1', [
    quoted(schema),
  ])
  if (rest.rows.length > 0) return
  await client.query('savepoint pw_schema')
  try {
    await client.query(`drop schema ${quoted(schema)}`)
  } catch {
    // It may be another's, and stay.
    await client.query('rollback to savepoint pw_schema')
  }
}
