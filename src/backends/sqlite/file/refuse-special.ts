import { type Stats, statSync } from 'node:fs'
import { BackendError } from '../../../queue/errors.ts'

/**
 * Throws a `BackendError` if what is at `path` can hold no database: a folder, or a FIFO, the opening of which would wait
 * until a process writes to it. A path without a file is left to SQLite.
 */
export function refuseSpecial(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats || stats.isFile()) return
  const where = stats.isDirectory() ? 'name a database file in it' : 'name a database file'
  throw new BackendError(`${path} is ${sayKind(stats)}; ${where}.`)
}

function sayKind(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a FIFO'
  return stats.isSocket() ? 'a socket' : 'a device'
}
