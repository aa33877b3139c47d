import { realpathSync } from 'node:fs'
import { InvalidError } from '../../../queue/errors.ts'
import { type Connection, isOfSameLibrary } from '../file/open-database.mjs'

/**
 * The connection of a caller that `transaction` is, if what is written by it now is committed with a transaction of the caller's on
 * the file that `db` has open. Throws an `InvalidError` that says what is wrong with it.
 */
export function findGuest(db: Connection, transaction: object): Connection {
  if (!isOfSameLibrary(db, transaction)) throw new InvalidError(`${refused} ${sayOther(transaction)}`)
  if (!transaction.open) throw new InvalidError(`${refused} the connection is closed.`)
  const file = fileOf(transaction)
  if (file !== db.name) throw new InvalidError(`${refused} ${sayFile(file, db.name)}`)
  if (!transaction.inTransaction)
    throw new InvalidError(`${refused} the connection is in no transaction; push within db.transaction(...).`)
  return transaction
}

const refused = 'Nothing can enter in that transaction:'

function sayOther(transaction: unknown): string {
  if (typeof transaction !== 'object' || transaction === null || !('inTransaction' in transaction))
    return 'it is no connection of better-sqlite3, by which a transaction on a SQLite file is shared.'
  const why = 'and each of two copies in one process drops the locks of the other on a file'
  return `it is of another copy of better-sqlite3 than the one that Pipewright has loaded, ${why}; open it by betterSqlite3() of pipewright/sqlite.`
}

function sayFile(file: string | undefined, own: string): string {
  if (file === undefined) return `the connection is to no file, and the queues are in ${own}.`
  return `the connection is to ${file}, and the queues are in ${own}; two files are not committed as one.`
}

/** The file that its main database is, without symbolic links. */
function fileOf(db: Connection): string | undefined {
  const list = db.pragma('database_list') as readonly { name: string; file: string }[]
  const file = list.find(({ name }) => name === 'main')?.file
  return file ? realpathSync(file) : undefined
}
