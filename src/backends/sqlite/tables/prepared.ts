import type { Connection } from '../file/connection.ts'
import type { Statement } from '../file/open-database.mjs'

const statements = new WeakMap<Connection, Map<string, Statement>>()

/** The statement `sql` on `db`, prepared when it is first asked for: preparing costs more than most reads. */
export function prepared<Binds extends unknown[] | object, Result>(
  db: Connection,
  sql: string,
): Statement<Binds extends unknown[] ? Binds : [Binds], Result> {
  const known = statements.get(db) ?? new Map<string, Statement>()
  if (known.size === 0) statements.set(db, known)
  const statement = known.get(sql) ?? db.prepare(sql)
  known.set(sql, statement)
  return statement as never
}
