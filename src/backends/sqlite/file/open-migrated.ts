import { statSync } from 'node:fs'
import { type Connection, checkVersion, openConnection } from './connection.ts'
import { allMigrations, migrate } from './migrations.ts'
import { openDatabase } from './open-database.mjs'
import { isSqliteError } from './sqlite-error.ts'
import { versionOf } from './version.ts'

/**
 * Opens the database at `path` to write and brings its schema up to date. Throws what SQLite throws, BUSY while
 * another process does the same; and a `BackendError` for a file that is newer than `migrations` or belongs to
 * another program: that is left as it is, to the byte.
 */
export function openMigrated(path: string, migrations = allMigrations): Connection {
  refuseOthers(path, migrations.length)
  const db = openConnection(path)
  try {
    checkVersion(db.prepare<[], string>('select sqlite_version()').pluck().get()!)
    migrate(db, migrations)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

// Through a connection that cannot write: one that can would move what is in the WAL into the file when it is closed.
function refuseOthers(path: string, newest: number): void {
  if (statSync(path).size === 0) return
  let db: Connection | undefined
  try {
    db = openDatabase(path, { readonly: true, timeout: 0 })
    versionOf(db, newest)
  } catch (error) {
    // What stops a reader alone is no reason: a writer can recover a WAL, and says what is wrong if it cannot either.
    if (!isSqliteError(error) || !/^SQLITE_(CANTOPEN|READONLY)/.test(error.code)) throw error
  } finally {
    db?.close()
  }
}
