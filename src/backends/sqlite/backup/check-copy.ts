import { BackendError } from '../../../queue/errors.ts'
import { schemaVersion } from '../file/migrations.ts'
import { type Connection, openDatabase } from '../file/open-database.mjs'
import { versionOf } from '../file/version.ts'

/** What is in a database. */
export interface Contents {
  /** The version of its schema. */
  readonly schema: number
  readonly tokens: number
  /** Lines of the history. */
  readonly lines: number
}

/** Kibibytes of cache for the check, which looks each row up in each index. */
const cacheKib = 262_144

/** What is in `db` now; in a transaction, at its moment. */
export function contentsOf(db: Connection): Contents {
  const count = (table: string) => db.prepare<[], number>(`select count(*) from ${table}`).pluck().get()!
  return {
    schema: db.pragma('user_version', { simple: true }) as number,
    tokens: count('pw_tokens'),
    lines: count('pw_history'),
  }
}

/**
 * Makes the database at `path`, which is nobody's yet, one file without WAL mode, and throws a `BackendError` unless it is sound and
 * has just the `expected` contents.
 */
export function checkCopy(path: string, expected: Contents): void {
  const db = openDatabase(path, { timeout: 0 })
  try {
    db.pragma('journal_mode = delete')
    db.pragma(`cache_size = -${cacheKib}`)
    versionOf(db, schemaVersion)
    const [fault] = db.pragma('integrity_check(1)') as [{ integrity_check: string }]
    if (fault.integrity_check !== 'ok') {
      const sentence = `The copy is damaged, as the database may be: ${fault.integrity_check}`
      throw new BackendError(`${sentence}. No backup was made.`)
    }
    const found = contentsOf(db)
    if (JSON.stringify(found) !== JSON.stringify(expected)) {
      const sentence = `The copy has ${say(found)}, and the database ${say(expected)}`
      throw new BackendError(`${sentence}: that is a bug in Pipewright. No backup was made.`)
    }
  } finally {
    db.close()
  }
}

function say({ schema, tokens, lines }: Contents): string {
  return `${tokens} tokens and ${lines} lines of schema ${schema}`
}
