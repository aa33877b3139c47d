import { existsSync, rmSync } from 'node:fs'
import { openDatabase } from './open-database.mjs'

/*
 * Processes of one version that are started together all find the same old file, and each that has it open keeps the
 * others from migrating it. So one of them gets a lock first, and the others leave the file alone until it is given back. The
 * lock is SQLite's, on a file beside, so that it ends with its process.
 */

/** Throws SQLite's BUSY if another process is migrating the database at `path`. Does not touch that. */
export function checkMigration(path: string): void {
  if (existsSync(lockOf(path))) whileLocked(path, () => {})
}

/** Does `work` with the lock on the migration of the database at `path`. Throws SQLite's BUSY if another process has it. */
export function whileLocked<T>(path: string, work: () => T): T {
  const lock = openDatabase(lockOf(path), { timeout: 0 })
  try {
    lock.exec('begin exclusive')
    try {
      return work()
    } finally {
      rmSync(lockOf(path), { force: true })
    }
  } finally {
    lock.close()
  }
}

function lockOf(path: string): string {
  return `${path}-migrating`
}
