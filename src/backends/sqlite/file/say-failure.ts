import { BackendError, InvalidError, isPipewrightError } from '../../../queue/errors.ts'
import { isOf, sayThrown } from '../../../queue/thrown.mjs'
import { isClosing } from '../house/closing-error.mjs'
import { isBusy, isSqliteError } from './sqlite-error.ts'

/** How long a writer waits for others, in milliseconds, until it gives up. */
export const maxBusyMs = 30_000

/** The error for all callers whose transaction the database could not commit. */
export function sayFailure(path: string, error: unknown): unknown {
  if (isPipewrightError(error)) return error
  if (isClosing(error)) return asClosed(error)
  // The transaction may be recovered from the WAL if this process dies before it overwrites it.
  if (isSqliteError(error) && error.code === 'SQLITE_IOERR_FSYNC') {
    const sentence = `The disk of the database ${path} did not confirm what was written (${error.message})`
    return new BackendError(`${sentence}; look whether this was recorded before you repeat it.`, {
      cause: error,
    })
  }
  const busy = isBusy(error) ? `was busy with other writers for more than ${maxBusyMs / 1000} s` : undefined
  const reason = busy ?? `could not be written: ${(error as Error).message}`
  return new BackendError(`The database ${path} ${reason}; nothing of this was recorded.`, { cause: error })
}

// What better-sqlite3 says of a value that SQLite has no type for.
const unbindable = /^SQLite3 can only bind /

/**
 * The error for one caller. A value that SQLite has no type or no room for is an `InvalidError`. A refusal by a table or a
 * row is not: the caller's values were checked before, so the row was edited by hand, an operator has added a trigger, or
 * this package has a bug; as for all other errors here, no token is to blame.
 */
export function sayRefusal(path: string, error: unknown): unknown {
  if (isPipewrightError(error)) return error
  if (isClosing(error)) return asClosed(error)
  const message = sayThrown(error)
  const isTooLong = isSqliteError(error) && error.code === 'SQLITE_TOOBIG'
  if (isTooLong || (isOf(error, 'TypeError') && unbindable.test(message))) {
    return new InvalidError(`A value is not one that SQLite can store: ${message}.`, { cause: error })
  }
  if (isSqliteError(error)) {
    const sentence = `A table of the database ${path} refused a write: ${message}`
    const why = 'a row or a table was edited by hand, or this is a bug in Pipewright'
    return new BackendError(`${sentence}. Nothing of it was recorded; ${why}.`, { cause: error })
  }
  const sentence = `A request to the database ${path} failed by a bug in Pipewright: ${message}`
  return new BackendError(`${sentence}. Nothing of it was recorded; please report it.`, { cause: error })
}

// The queues are being moved elsewhere, or were.
function asClosed(error: Error): BackendError {
  return new BackendError(error.message, { cause: error })
}
