import { openDatabase } from './open-database.mjs'
import { versionOf } from './version.ts'

/**
 * The version of the schema in the file at `path`, see `versionOf`. Read by a connection that cannot write: one that can
 * would move what is in the WAL into the file when it is closed.
 */
export function readVersion(path: string, newest: number): number {
  const db = openDatabase(path, { readonly: true, timeout: 0 })
  try {
    return versionOf(db, newest)
  } finally {
    db.close()
  }
}
