import { resolve } from 'node:path'
import { type Clock, systemClock } from '../../queue/clock.ts'
import { BackendError } from '../../queue/errors.ts'
import { keysOf, refuseUnread } from '../../schema/refuse-unread.ts'
import { asOpening, type Connection, createFile } from './file/connection.ts'
import { openMigrated } from './file/open-migrated.ts'
import { retryBusy } from './file/retry-busy.ts'
import { currentLook } from './look/look.ts'
import { openLook } from './look/open-look.ts'
import { makeSqliteBackend, type SqliteParts } from './make-sqlite-backend.ts'
import type { SqliteBackend } from './sqlite-backend.ts'

/** How a SQLite file is used. */
export interface SqliteOptions {
  readonly clock?: Clock | undefined
  /**
   * Days, from 1, that lines of the history are kept; by default for ever. Lines of tokens that are still in a queue are
   * kept at any age.
   */
  readonly historyDays?: number | undefined
  /**
   * Days, from 1, that the values of stays are remembered, counted from the end of each stay; by default as long as the
   * history. Those of tokens that are still in a queue are kept at any age.
   */
  readonly valuesDays?: number | undefined
  /** Called with a problem that an operator should look at, such as a WAL that keeps growing; one sentence each time. */
  readonly onWarning?: ((message: string) => void) | undefined
  /**
   * Called with what was deleted because it was older than `historyDays` or `valuesDays`, at most once an hour, and with what was
   * migrated; one sentence each time.
   */
  readonly onNotice?: ((message: string) => void) | undefined
}

const optionKeys = keysOf<SqliteOptions>({
  clock: true,
  historyDays: true,
  valuesDays: true,
  onWarning: true,
  onNotice: true,
})

/**
 * Opens the database file at `path`, makes it if it is not there, and brings its schema up to date. Rejects with
 * a `BackendError` whose sentence says what is wrong with the path or the file, and with a `RangeError` for `historyDays`
 * or `valuesDays` out of range.
 */
export async function sqlite(path: string, options: SqliteOptions = {}): Promise<SqliteBackend> {
  refuseUnread('sqlite() is given', options, optionKeys)
  if (path === '' || path.startsWith(':memory:') || path.startsWith('file:')) {
    throw new BackendError(`sqlite('${path}') names no file; for queues that need not survive use memory().`)
  }
  // Where a caller has resolved the path, two slashes have become one. The path is not repeated: it may hold a password.
  if (/(^|[/\\])[a-z][a-z0-9+.-]+:\//i.test(path)) {
    throw new BackendError('sqlite() takes the path of a file, not a URL.')
  }
  const { clock = systemClock, historyDays, valuesDays, onWarning = () => {}, onNotice = () => {} } = options
  for (const [name, days] of Object.entries({ historyDays, valuesDays }))
    if (days !== undefined && !(days >= 1 && days < Number.POSITIVE_INFINITY))
      throw new RangeError(`${name} is ${days}; it is a number of days from 1.`)
  const parts = { clock, historyDays, valuesDays, onWarning, onNotice }
  const look = currentLook()
  if (!look) return openToWrite(resolve(path), parts)
  return openLook(resolve(path), look, {
    clock,
    open: (file, isCopied) => openToWrite(file, parts, isCopied),
  })
}

async function openToWrite(
  path: string,
  parts: Omit<SqliteParts, 'db'>,
  isCopied = true,
): Promise<SqliteBackend> {
  const file = createFile(path)
  let db: Connection | undefined
  const onMigrated = (sentence: string) => {
    parts.onNotice(sentence)
    currentLook()?.migrated?.push(sentence)
  }
  try {
    db = await retryBusy(() => openMigrated(file, { isCopied, onMigrated }))
    return makeSqliteBackend({ ...parts, db })
  } catch (error) {
    db?.close()
    throw asOpening(file, error)
  }
}
