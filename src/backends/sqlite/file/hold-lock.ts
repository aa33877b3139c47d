import { openDatabase } from './open-database.mjs'
import { isSqliteError } from './sqlite-error.ts'

/** A lock that this process has. */
export interface HeldLock {
  /** Gives it back. */
  readonly release: () => void
}

/**
 * Takes the lock that is the file at `path`, which is made; undefined if another process has it. It is SQLite's, so it ends
 * with its process, however that ends.
 */
export function holdLock(path: string): HeldLock | undefined {
  const lock = openDatabase(path, { timeout: 0 })
  try {
    lock.exec('begin exclusive')
    return { release: () => void lock.close() }
  } catch (error) {
    lock.close()
    if (isSqliteError(error) && error.code.startsWith('SQLITE_BUSY')) return undefined
    throw error
  }
}
