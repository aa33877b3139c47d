import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { BackendError, ConflictError } from '../../../queue/errors.ts'

/** Where a backup goes. */
export interface TargetParts {
  /** The database that is backed up. */
  readonly database: string
  /** Whether a file that is there may be replaced. */
  readonly force: boolean
  /** How long the backup will be. */
  readonly bytes: number
}

/** What SQLite puts beside a database. */
const besides = ['-wal', '-shm', '-journal']

/** The file of a backup, which is called FILE.partial until it is whole. */
export class Target {
  readonly partial: string
  readonly #file: string
  readonly #force: boolean
  // Held until the end: it knows the file, whatever is called so.
  #fd: number

  /** Makes an empty file that only its owner may read. Throws a `ConflictError` or a `BackendError` if that must not or cannot be. */
  constructor(file: string, { database, force, bytes }: TargetParts) {
    this.#file = file
    this.#force = force
    this.partial = `${file}.partial`
    this.#fd = make(file, this.partial, { database, force, bytes })
  }

  /** Gives the file its name, when it is on the disk. */
  complete(): void {
    fsyncSync(this.#fd)
    if (!this.#isOwn(this.partial)) throw overtaken(this.#file)
    if (!this.#force) refuseTaken(this.#file)
    renameSync(this.partial, this.#file)
    if (!this.#isOwn(this.#file)) {
      renameSync(this.#file, this.partial)
      throw overtaken(this.#file)
    }
    this.#close()
    syncFolder(dirname(this.#file))
  }

  /** Removes what was written, if it has no name yet. */
  remove(): void {
    if (this.#fd < 0) return
    if (this.#isOwn(this.partial))
      for (const path of [this.partial, ...besides.map((end) => this.partial + end)])
        rmSync(path, { force: true })
    this.#close()
  }

  #isOwn(path: string): boolean {
    return statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(this.#fd).ino
  }

  #close(): void {
    closeSync(this.#fd)
    this.#fd = -1
  }
}

function make(file: string, partial: string, { database, force, bytes }: TargetParts): number {
  try {
    refuseOwn(file, database)
    refuseFolder(file)
    if (!force) refuseTaken(file)
    refuseInUse(file)
    checkRoom(file, bytes)
    for (const path of [partial, ...besides.map((end) => partial + end)]) rmSync(path, { force: true })
    return openSync(partial, 'wx', 0o600)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (error instanceof BackendError || error instanceof ConflictError) throw error
    throw new BackendError(`The backup ${file} cannot be written: ${sayCode(file, code)}.`, { cause: error })
  }
}

function sayCode(file: string, code: string | undefined): string {
  const folder = dirname(file)
  if (code === 'ENOENT') return `there is no folder ${folder}; make it first`
  if (code === 'EACCES' || code === 'EPERM') return `the folder ${folder} is not writable for this user`
  return code === 'EROFS' ? `${folder} is on a read-only file system` : String(code)
}

// Also with `force`: it must not be its own backup.
function refuseOwn(file: string, database: string): void {
  const path = join(realpathSync(dirname(resolve(file))), basename(file))
  const own = realpathSync(database)
  const isOwn = [own, ...besides.map((end) => own + end)].includes(
    existsSync(path) ? realpathSync(path) : path,
  )
  if (isOwn)
    throw new ConflictError(`${file} is a file of the database itself; name another one for the backup.`)
}

function refuseFolder(file: string): void {
  if (!statSync(file, { throwIfNoEntry: false })?.isDirectory()) return
  throw new ConflictError(`${file} is a folder; name a file in it for the backup.`)
}

function refuseTaken(file: string): void {
  if (!existsSync(file)) return
  throw new ConflictError(`${file} is there already; name another file, or replace it with --force.`)
}

// SQLite would take what is beside it for a part of the new file.
function refuseInUse(file: string): void {
  const beside = besides.map((end) => file + end).find((path) => existsSync(path))
  if (beside === undefined) return
  const sentence = `There is ${beside}, so ${file} is a database that is in use, or whose process was killed`
  throw new ConflictError(`${sentence}; name another file for the backup.`)
}

function checkRoom(file: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(dirname(file))
  if (bavail * bsize >= bytes) return
  const [free, wanted] = [bavail * bsize, bytes].map((each) => Math.ceil(each / 2 ** 20))
  throw new BackendError(
    `The backup ${file} cannot be written: it needs ${wanted} MB of disk, and ${free} are free.`,
  )
}

function overtaken(file: string): ConflictError {
  return new ConflictError(`Another backup to ${file} has begun meanwhile; this one was given up.`)
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
