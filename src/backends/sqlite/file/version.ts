import { BackendError } from '../../../queue/errors.ts'
import { asFilling } from '../house/closing.ts'
import type { Connection } from './open-database.mjs'

/** What marks a SQLite file as one of Pipewright's: "PpWr". */
const applicationId = 0x50705772
/** The version of a file that is being filled by a move: no package knows it. */
export const fillingVersion = 1_000_000
/** What every version of the schema has. */
const ownTables = ['pw_deploys', 'pw_events', 'pw_history', 'pw_queues', 'pw_tokens'] as const

/**
 * The version of the schema in the file; 0 if it is empty. Changes nothing. Throws a `BackendError` if the file belongs
 * to another program, is newer than `newest`, the version that the caller knows, or lacks a table; and what SQLite
 * throws, as where the schema cannot be read: such a file is not an empty one.
 */
export function versionOf(db: Connection, newest: number): number {
  const { names, owner, version, pages } = marksOf(db)
  if (owner !== applicationId) {
    // A file of more pages whose schema is empty has had one, or its first page is damaged.
    if (names.length === 0 && owner === 0 && version === 0 && pages <= 1) return 0
    throw new BackendError(`${db.name} is the database of another program; name another file.`)
  }
  if (version > newest) {
    const filling = version === fillingVersion ? asFilling(db) : undefined
    if (filling) throw filling
    const sentence = `${db.name} was written by a newer Pipewright (schema ${version}, this one knows ${newest})`
    throw new BackendError(`${sentence}; update this package. Nothing was changed.`)
  }
  const missing = ownTables.find((table) => !names.includes(table))
  if (version > 0 && missing === undefined) return version
  const fault = missing === undefined ? `schema ${version}` : `no table ${missing}`
  throw new BackendError(`The database ${db.name} is damaged: it has ${fault}. Nothing was changed.`)
}

/**
 * Throws a `BackendError` if another process has migrated the file since this one opened it: queues that this process
 * made now would lack what the newer version needs.
 */
export function refuseMigrated(db: Connection, known: number): void {
  const version = db.pragma('user_version', { simple: true }) as number
  if (version <= known) return
  const sentence = `The database ${db.name} was migrated by a newer version of Pipewright (schema ${version}, this process knows ${known})`
  throw new BackendError(`${sentence}; end this process and start it again. Nothing was changed.`)
}

/** Marks the file as one of Pipewright's, with this version of the schema, in the transaction that is open. */
export function sign(db: Connection, version: number): void {
  db.pragma(`application_id = ${applicationId}`)
  db.pragma(`user_version = ${version}`)
}

// In one snapshot: another process may make the file just now.
function marksOf(db: Connection) {
  const number = (pragma: string) => db.pragma(pragma, { simple: true }) as number
  const read = db.transaction(() => ({
    // Reading this reads the whole schema, so a damaged one is found before anything is written.
    names: db.prepare<[], string>('select name from sqlite_schema').pluck().all(),
    owner: number('application_id'),
    version: number('user_version'),
    pages: number('page_count'),
  }))
  return read()
}
