import { statSync } from 'node:fs'
import { BackendError, isPipewrightError } from '../../../queue/errors.ts'
import { asOpening, type Connection, openConnection } from '../file/connection.ts'
import { schemaVersion } from '../file/migrations.ts'
import { refuseSpecial } from '../file/refuse-special.ts'
import { retryBusy } from '../file/retry-busy.ts'
import { versionOf } from '../file/version.ts'
import { type Contents, checkCopy, contentsOf } from './check-copy.ts'
import { Target } from './target.ts'

/*
 * How a database is copied while other processes write to it. A connection of its own, which cannot write, opens a read
 * transaction and copies the pages of that snapshot with SQLite's backup API, some megabytes at a time. Without the
 * transaction, SQLite would begin anew with each commit of another process, and never end beside busy workers. While it
 * lasts, nobody waits; only the -wal file grows. (`vacuum into` takes as long and gives a smaller file, but it shows no progress,
 * and writes all rows anew: what is damaged would be left out or fail, instead of being found.)
 *
 * The copy is written to FILE.partial, and gets its name when it is whole: no longer in WAL mode, so that it is one file; checked by
 * SQLite; with the rows that were counted in the snapshot; and on the disk.
 */

/** Pages copied in one go: 8 MB of the usual ones. */
const pagesAtOnce = 2000

/** How a backup is made. */
export interface BackupOptions {
  /** Whether a file that is there may be replaced. */
  readonly force?: boolean
  /** Called with the share that is copied, from 0 to 1; and with 1 before the copy is checked. */
  readonly onProgress?: (share: number) => void
}

/** What was backed up. */
export interface Backup extends Contents {
  readonly database: string
  readonly file: string
  readonly bytes: number
}

/**
 * Copies the database at `path` to `file`, as it is at one moment. Rejects with a `BackendError` if that cannot be done, and with a
 * `ConflictError` if `file` must not be written; then nothing is there but what was there before.
 */
export async function backUp(path: string, file: string, options: BackupOptions = {}): Promise<Backup> {
  const { force = false, onProgress = () => {} } = options
  const { db, contents } = await openSnapshot(path)
  try {
    const target = new Target(file, { database: db.name, force, bytes: bytesOf(db) })
    try {
      await copyPages(db, target.partial, onProgress)
      db.close()
      onProgress(1)
      checkCopy(target.partial, contents)
      const { size: bytes } = statSync(target.partial)
      target.complete()
      return { database: path, file, bytes, ...contents }
    } catch (error) {
      target.remove()
      throw isPipewrightError(error) ? error : unwritten(file, error)
    }
  } finally {
    db.close()
  }
}

interface Snapshot {
  /** A connection with a read transaction. */
  readonly db: Connection
  readonly contents: Contents
}

async function openSnapshot(path: string): Promise<Snapshot> {
  let db: Connection | undefined
  try {
    refuseSpecial(path)
    return await retryBusy(() => {
      db?.close()
      db = openConnection(path, true)
      // Before the transaction: that reads its own.
      if (versionOf(db, schemaVersion) === 0)
        throw new BackendError(`The database ${path} is empty; there is nothing to back up.`)
      db.exec('begin')
      return { db, contents: contentsOf(db) }
    })
  } catch (error) {
    db?.close()
    throw asOpening(path, error)
  }
}

async function copyPages(db: Connection, to: string, onProgress: (share: number) => void): Promise<void> {
  await db.backup(to, {
    progress({ totalPages, remainingPages }) {
      if (totalPages > 0) onProgress(1 - remainingPages / totalPages)
      return pagesAtOnce
    },
  })
}

function bytesOf(db: Connection): number {
  const number = (pragma: string) => db.pragma(pragma, { simple: true }) as number
  return number('page_count') * number('page_size')
}

function unwritten(file: string, error: unknown): BackendError {
  const sentence = `The backup ${file} could not be written: ${(error as Error).message}`
  return new BackendError(`${sentence}; what was there before is as it was.`, { cause: error })
}
