import { closeSync, fsyncSync, openSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { BackendError } from '../../../queue/errors.ts'
import type { Connection } from './connection.ts'
import { InUseError } from './in-use.ts'
import { isBusy } from './sqlite-error.ts'

/*
 * A migration that writes the whole file anew. It is done while no other connection is open, which SQLite proves: only then
 * does it leave WAL mode. Then a copy is written beside the file, all of it is migrated in one transaction, and WAL mode is
 * set again. If the process is killed in between, the file is as it was or completely migrated, in either journal mode; the
 * next process to open it sets WAL mode.
 */

/** The disk space that a migration needs, as a multiple of the file's size: for the copy, the new rows, and the journal. */
const timesItsSize = { copy: 1, rows: 1, journal: 1 }

/** Where the copy of the database at `path` is that is written before it is migrated from `version`. */
export function copyOf(path: string, version: number): string {
  return `${path}.schema${version}.bak`
}

/** How to migrate. */
export interface Alone {
  readonly version: number
  /** Whether to write a copy of the file as it was, `FILE.schemaN.bak`. */
  readonly isCopied: boolean
  readonly migrate: () => void
}

/**
 * Migrates the file of `db` while nothing else has it open. Throws an `InUseError` if another process has, and a
 * `BackendError` if the disk has no room for it; nothing is changed then.
 */
export function migrateAlone(db: Connection, { version, isCopied, migrate }: Alone): void {
  leaveWal(db, version)
  try {
    checkRoom(db.name, isCopied)
    // Else another process could open the file between the copy and the migration.
    db.pragma('locking_mode = exclusive')
    if (isCopied) copy(db, copyOf(db.name, version))
    migrate()
  } finally {
    db.pragma('locking_mode = normal')
    db.pragma('journal_mode = wal')
    db.pragma('synchronous = full')
  }
}

function leaveWal(db: Connection, version: number): void {
  try {
    const [{ journal_mode: mode }] = db.pragma('journal_mode = delete') as [{ journal_mode: string }]
    if (mode === 'delete') return
  } catch (error) {
    if (!isBusy(error)) throw error
  }
  throw new InUseError(db.name, version)
}

function checkRoom(path: string, isCopied: boolean): void {
  const { bavail, bsize } = statfsSync(dirname(path))
  const { copy, rows, journal } = timesItsSize
  const needed = statSync(path).size * (rows + journal + (isCopied ? copy : 0))
  if (bavail * bsize >= needed) return
  const [free, wanted] = [bavail * bsize, needed].map((bytes) => Math.ceil(bytes / 2 ** 20))
  const sentence = `The database ${path} cannot be migrated: that needs ${wanted} MB of free disk, and there are ${free}`
  throw new BackendError(`${sentence}; make room, and start again. Nothing was changed.`)
}

function copy(db: Connection, to: string): void {
  const incoming = `${to}.incoming`
  rmSync(incoming, { force: true })
  // SQLite writes into an empty file, which has the rights of the original from the first moment on.
  closeSync(openSync(incoming, 'wx', statSync(db.name).mode & 0o777))
  db.prepare('vacuum into ?').run(incoming)
  sync(incoming)
  renameSync(incoming, to)
  sync(dirname(to))
}

function sync(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
