import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { BackendError, isPipewrightError } from '../../../queue/errors.ts'
import { type Connection, openDatabase } from './open-database.mjs'
import { refuseSpecial } from './refuse-special.ts'
import { isSqliteError } from './sqlite-error.ts'
import { versionOf } from './version.ts'

export type { Connection }

const floor = [3, 51, 3] as const
const maxLinks = 40

/**
 * Opens the database at `path` so that what is committed survives a power cut: WAL, and FULL after it, since
 * better-sqlite3 drops to NORMAL when it enters WAL mode. Never waits when the file is busy; throws what
 * SQLite throws, and a `BackendError` for a file that belongs to another program.
 */
export function openConnection(path: string, readonly = false): Connection {
  const db = openDatabase(path, { readonly, timeout: 0 })
  try {
    if (!readonly) {
      // Before any change: the file may belong to another program.
      versionOf(db, Number.POSITIVE_INFINITY)
      if (db.pragma('page_count', { simple: true }) === 0) db.pragma('auto_vacuum = incremental')
      // Read all rows of the pragma: the change is committed after the first, and an error then would be lost.
      const [{ journal_mode: mode }] = db.pragma('journal_mode = wal') as [{ journal_mode: string }]
      if (mode !== 'wal') {
        throw new BackendError(
          `The file system of ${path} cannot share memory, which SQLite's WAL mode needs.`,
        )
      }
    }
    db.pragma('synchronous = full')
    if (process.platform === 'darwin') db.pragma('fullfsync = on')
    setAutoCheckpoint(db, false)
    db.pragma('trusted_schema = off')
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * Makes an empty file that only its owner may read, if there is none; SQLite gives -wal and -shm the same mode.
 * Returns the path of the file itself: SQLite calls -wal and -shm after that, not after a symbolic link to it.
 * Throws a `BackendError` if that cannot be.
 */
export function createFile(path: string): string {
  let file = path
  try {
    file = followLinks(path)
    if (!existsSync(file)) makeEmpty(file)
    refuseSpecial(file)
    return realpathSync(file)
  } catch (error) {
    throw asCreation(file, error)
  }
}

/** Whether a file is at `path`. Makes none. Throws a `BackendError` if it can hold no database, or cannot be made. */
export function isThere(path: string): boolean {
  let file = path
  try {
    file = followLinks(path)
    refuseSpecial(file)
    if (existsSync(file)) return true
    accessSync(dirname(file), constants.W_OK)
    return false
  } catch (error) {
    throw asCreation(file, error)
  }
}

/**
 * Sets whether SQLite checkpoints in those commits of `db` that leave more than 4 MB of WAL. Usually a thread does it (see
 * keeper-thread.mjs), so that no commit takes long; while the thread cannot run, the WAL must not grow for ever.
 */
export function setAutoCheckpoint(db: Connection, isOn: boolean): void {
  db.pragma(`wal_autocheckpoint = ${isOn ? 1000 : 0}`)
}

// Never opens a file that is there: to close one that SQLite has open in this process would take its locks.
function makeEmpty(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** The path to which the symbolic links at `path` lead, whether there is a file or not. */
function followLinks(path: string): string {
  let file = path
  for (let links = 0; lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink(); links++) {
    if (links === maxLinks) throw Object.assign(new Error('Too many symbolic links.'), { code: 'ELOOP' })
    file = resolve(dirname(file), readlinkSync(file))
  }
  return file
}

/** Throws a `BackendError` if this SQLite can corrupt a WAL that two processes share, as all before 3.51.3. */
export function checkVersion(version: string): void {
  const found = version.split('.').map(Number)
  const at = floor.findIndex((part, i) => part !== found[i])
  if (at >= 0 && (found[at] ?? 0) < floor[at]!) {
    const sentence = `This is SQLite ${version}, which can corrupt a file that processes share`
    throw new BackendError(`${sentence}; use a better-sqlite3 with SQLite ${floor.join('.')} or newer.`)
  }
}

/** `error` as one with a sentence about the database at `path` that could not be opened. */
export function asOpening(path: string, error: unknown): Error {
  return isPipewrightError(error) ? error : new BackendError(sayOpening(path, error), { cause: error })
}

function sayOpening(path: string, error: unknown): string {
  if (!isSqliteError(error)) return `The database ${path} could not be opened: ${(error as Error).message}`
  if (error.code.startsWith('SQLITE_NOTADB')) return `${path} is not a SQLite database; name another file.`
  if (error.code.startsWith('SQLITE_READONLY')) {
    return `The database ${path} is read-only; Pipewright must be able to write to it and to its folder.`
  }
  if (error.code.startsWith('SQLITE_CANTOPEN')) {
    if (isReadOnly(dirname(path))) {
      return `The database ${path} could not be opened: it is on a read-only file system, where WAL cannot be used.`
    }
    return `The database ${path} could not be opened; its folder and file must be there and writable.`
  }
  return `The database ${path} could not be opened: ${error.message} (${error.code}).`
}

function isReadOnly(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS'
  }
}

/** `error` as one with a sentence about the database at `path` that cannot be made. */
function asCreation(path: string, error: unknown): Error {
  if (isPipewrightError(error)) return error
  return new BackendError(sayCreation(path, (error as NodeJS.ErrnoException).code), { cause: error })
}

function sayCreation(path: string, code: string | undefined): string {
  const folder = dirname(path)
  if (code === 'ENOENT')
    return `The database ${path} cannot be made: there is no folder ${folder}. Make it first.`
  if (code === 'EROFS') return `The database ${path} cannot be made: ${folder} is on a read-only file system.`
  if (code === 'EACCES' || code === 'EPERM') {
    return `The database ${path} cannot be made: the folder ${folder} is not writable for this user.`
  }
  if (code === 'ELOOP') return `The database ${path} is a symbolic link that leads back to itself.`
  return `The database ${path} cannot be made (${code}).`
}
