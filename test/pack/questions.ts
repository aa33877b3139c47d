import { openDatabase } from '../../src/backends/sqlite/file/open-database.mjs'

/** What `sql`, which only reads, finds in the database file at `path`, while others write to it. */
export function ask<Row>(path: string, sql: string): readonly Row[] {
  const db = openDatabase(path, { readonly: true, timeout: 5000 })
  try {
    return db.prepare<[], Row>(sql).all()
  } finally {
    db.close()
  }
}
