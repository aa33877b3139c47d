import { isUint8Array } from 'node:util/types'
import { InvalidError } from '../../../queue/errors.ts'
import { isOf, sayThrown } from '../../../queue/thrown.mjs'
import { type Connection, openConnection } from '../file/connection.ts'
import { refuseSpecial } from '../file/refuse-special.ts'
import { isSqliteError } from '../file/sqlite-error.ts'
import type { Table } from '../sqlite-backend.ts'
import { reading } from './reading.ts'

/**
 * Reads through a connection of its own that cannot write, opened when it is first used: it sees only what is committed,
 * also while a transaction of this process runs.
 */
export class Reader {
  readonly #path: string
  #db: Connection | undefined
  #snapshot: ((work: () => unknown) => unknown) | undefined
  #reading = 0
  #quiet: (() => void) | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** Runs `work`, which is synchronous, on one snapshot. Rejects with a `BackendError` if the file cannot be read. */
  read<T>(work: (db: Connection) => T): Promise<T> {
    return this.#run((db) => this.#snapshot!(() => work(db)) as T)
  }

  /** The same for `work` that is one statement, which is a snapshot of its own. */
  readOnce<T>(work: (db: Connection) => T): Promise<T> {
    return this.#run(work)
  }

  async #run<T>(work: (db: Connection) => T): Promise<T> {
    this.#reading++
    try {
      return await reading(this.#path, () => work(this.#open()))
    } finally {
      if (--this.#reading === 0) this.#quiet?.()
    }
  }

  /** Runs one statement that the caller gives. Rejects with an `InvalidError` if it is wrong or would write. */
  query(sql: string, maxRows: number): Promise<Table> {
    return this.read((db) => {
      try {
        return run(db, sql, maxRows)
      } catch (error) {
        if (!isSqliteError(error) && !isOf(error, 'RangeError') && !isOf(error, 'TypeError')) throw error
        if (isSqliteError(error) && error.code !== 'SQLITE_ERROR') throw error
        throw new InvalidError(`The query could not be run: ${sayThrown(error)}.`, { cause: error })
      }
    })
  }

  /** Closes the connection when all requests have been answered; later ones reject. */
  async close(): Promise<void> {
    if (this.#reading > 0) await new Promise<void>((resolve) => (this.#quiet = resolve))
    this.#db?.close()
    this.#db = undefined
    this.#snapshot = undefined
  }

  #open(): Connection {
    this.#db ??= openPlain(this.#path)
    this.#snapshot ??= this.#db.transaction((work: () => unknown) => work())
    return this.#db
  }
}

function openPlain(path: string): Connection {
  refuseSpecial(path)
  return openConnection(path, true)
}

// Values may be long, and an answer is kept in memory.
const maxAnswerBytes = 64 * 1024 * 1024

function lengthOf(row: readonly unknown[]): number {
  return row.reduce<number>((sum, cell) => {
    return sum + (typeof cell === 'string' || isUint8Array(cell) ? cell.length : 0)
  }, 0)
}

// A cursor must not stay open: it would stop every checkpoint.
function run(db: Connection, sql: string, maxRows: number): Table {
  const statement = db.prepare<[], unknown[]>(sql)
  if (!statement.reader || !statement.readonly) {
    throw new InvalidError('Only a statement that reads can be run here, such as a select.')
  }
  const rows: unknown[][] = []
  let more = false
  let bytes = 0
  for (const row of statement.raw().iterate()) {
    more = rows.length >= maxRows || (rows.length > 0 && bytes > maxAnswerBytes)
    if (more) break
    rows.push(row)
    bytes += lengthOf(row)
  }
  return { columns: statement.columns().map(({ name }) => name), rows, more }
}
