import { statSync } from 'node:fs'
import { type Connection, checkVersion, openConnection } from './connection.ts'
import { copyOf, migrateAlone } from './migrate-alone.ts'
import { checkMigration, whileLocked } from './migration-lock.ts'
import { allMigrations, type Migration, migrate, rewrittenAt } from './migrations.ts'
import { readVersion } from './read-version.ts'
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
  const open = () => openAndMigrate(path, opening)
  const newest = migrations.length
  return isRewritten(versionBefore(path, newest), newest) ? whileLocked(path, open) : open()
}

function openAndMigrate(
  path: string,
  { migrations = allMigrations, isCopied = true, onMigrated = () => {} }: Opening,
): Connection {
  const db = openConnection(path)
  try {
    checkVersion(db.prepare<[], string>('select sqlite_version()').pluck().get()!)
    const newest = migrations.length
    const version = versionOf(db, newest)
    const isAlone = isRewritten(version, newest)
    if (isAlone) migrateAlone(db, { version, isCopied, migrate: () => migrate(db, migrations) })
    else migrate(db, migrations)
    if (version > 0 && version < newest) {
      const copy = isAlone && isCopied ? `; as it was it is in ${copyOf(db.name, version)}` : ''
      onMigrated(`The database ${db.name} was migrated from schema ${version} to ${newest}${copy}.`)
    }
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** The version in the file before it is opened to write; 0 if it has none, or if only a writer can find out. */
function versionBefore(path: string, newest: number): number {
  if (statSync(path).size === 0) return 0
  try {
    return readVersion(path, newest)
  } catch (error) {
    // Errors of readers only do not matter: a writer can recover a WAL, and reports the error if it cannot.
    if (!isSqliteError(error) || !/^SQLITE_(CANTOPEN|READONLY)/.test(error.code)) throw error
    return 0
  }
}

function isRewritten(version: number, newest: number): boolean {
  return version > 0 && version < rewrittenAt && rewrittenAt <= newest
}
