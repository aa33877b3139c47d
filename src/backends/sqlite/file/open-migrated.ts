import { statSync } from 'node:fs'
import { type Connection, checkVersion, openConnection } from './connection.ts'
import { copyOf, migrateAlone } from './migrate-alone.ts'
import { checkMigration, whileLocked } from './migration-lock.ts'
import { allMigrations, type Migration, migrate, rewrittenAt } from './migrations.ts'
import { openDatabase } from './open-database.mjs'
import { isSqliteError } from './sqlite-error.ts'
import { versionOf } from './version.ts'

/** How a database is opened to write. */
export interface Opening {
  readonly migrations?: readonly Migration[]
  /** Whether a file that is written anew by a migration is copied before; by default true. */
  readonly isCopied?: boolean
  /** Called with a sentence about what was migrated, if anything was. */
  readonly onMigrated?: (sentence: string) => void
}

/**
 * Opens the database at `path` to write and brings its schema up to date. Throws what SQLite throws, BUSY while
 * another process does the same; an `InUseError` if it has to be written anew and another process has it open; and a
 * `BackendError` for a file that is newer than `migrations` or belongs to another program: that is left as it is, to the
 * byte.
 */
export function openMigrated(path: string, opening: Opening = {}): Connection {
  const { migrations = allMigrations } = opening
  checkMigration(path)
  const version = readVersion(path, migrations.length)
  const isRewritten = version > 0 && version < rewrittenAt && rewrittenAt <= migrations.length
  return isRewritten ? whileLocked(path, () => openAndMigrate(path, opening)) : openAndMigrate(path, opening)
}

function openAndMigrate(
  path: string,
  { migrations = allMigrations, isCopied = true, onMigrated = () => {} }: Opening,
): Connection {
  const db = openConnection(path)
  try {
    checkVersion(db.prepare<[], string>('select sqlite_version()').pluck().get()!)
    const version = versionOf(db, migrations.length)
    const isRewritten = version > 0 && version < rewrittenAt && rewrittenAt <= migrations.length
    if (isRewritten) migrateAlone(db, { version, isCopied, migrate: () => migrate(db, migrations) })
    else migrate(db, migrations)
    if (version > 0 && version < migrations.length) {
      const copy = isRewritten && isCopied ? `; as it was it is in ${copyOf(db.name, version)}` : ''
      onMigrated(
        `The database ${db.name} was migrated from schema ${version} to ${migrations.length}${copy}.`,
      )
    }
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

// Through a connection that cannot write: one that can would move what is in the WAL into the file when it is closed.
function readVersion(path: string, newest: number): number {
  if (statSync(path).size === 0) return 0
  let db: Connection | undefined
  try {
    db = openDatabase(path, { readonly: true, timeout: 0 })
    return versionOf(db, newest)
  } catch (error) {
    // Errors of readers only do not matter: a writer can recover a WAL, and reports the error if it cannot.
    if (!isSqliteError(error) || !/^SQLITE_(CANTOPEN|READONLY)/.test(error.code)) throw error
    return 0
  } finally {
    db?.close()
  }
}
