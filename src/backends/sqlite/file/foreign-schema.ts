import { BackendError } from '../../../queue/errors.ts'
import type { Connection } from './connection.ts'

/** A view or a trigger that users have made in the file. */
interface Made {
  readonly type: 'view' | 'trigger'
  readonly name: string
  readonly sql: string
}

const own = `(name in ('queues', 'tokens', 'history') or name glob 'pw_*')`
const ourTables = `(select 'pw_' union all select table_name from pw_queues)`
const isOurs = (table: string) => `(${table} glob 'pw_*' or ${table} in ${ourTables})`

/**
 * Takes the views and triggers that users have made out of the schema, in the transaction that is open, before tables are
 * replaced: SQLite would check and rewrite them. The function that is returned puts them back as they were. Throws a
 * `BackendError` for what could not go on: triggers and foreign keys on tables of Pipewright.
 */
export function setAsideForeign(db: Connection): () => void {
  refuseTied(db)
  const made = db
    .prepare<[], Made>(
      `select type, name, sql from sqlite_schema where type = 'trigger' or (type = 'view' and not ${own}) order by rowid`,
    )
    .all()
  for (const { type, name } of made) db.exec(`drop ${type} ${quoted(name)}`)
  return () => {
    for (const { sql } of made) db.exec(sql)
  }
}

function refuseTied(db: Connection): void {
  const tied = db
    .prepare<[], string>(
      `select 'trigger ' || name from sqlite_schema where type = 'trigger' and ${isOurs('tbl_name')}
       union all select 'foreign key of table ' || s.name from sqlite_schema s, pragma_foreign_key_list(s.name) f
         where s.type = 'table' and ${isOurs('f."table"')} and not ${isOurs('s.name')}`,
    )
    .pluck()
    .all()
  if (tied.length === 0) return
  const sentence = `The database ${db.name} cannot be migrated: its layout changes, and on its tables there are ${tied.join(', ')}`
  throw new BackendError(`${sentence}; drop them first. Nothing was changed.`)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
