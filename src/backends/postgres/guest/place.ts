import type { Database } from '../server/database.ts'

/** What says which tables of which database of which server a connection reaches; null if there are none of that schema. */
export const placeSql = `(select oid from pg_catalog.pg_database where datname = current_database())::text || '/' || to_regclass('pw_meta')::oid::text
  || '/' || (select system_identifier from pg_catalog.pg_control_system())::text`

/** The place of the tables of `database`. */
export async function placeOf(database: Database): Promise<string> {
  const [found] = await database.connected((client) =>
    database.statements.rows<{ place: string }>(client, `select ${placeSql} as place`, []),
  )
  return found!.place
}
