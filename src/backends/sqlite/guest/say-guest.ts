import { BackendError, InvalidError } from '../../../queue/errors.ts'
import { isOf, sayThrown } from '../../../queue/thrown.mjs'
import { sayFailure, sayRefusal } from '../file/say-failure.ts'
import { isBusy, isRefusal, isSqliteError } from '../file/sqlite-error.ts'

// What better-sqlite3 says where its caller is going through rows.
const iterating = /busy executing a query/

/** The error for a caller whose transaction could not take its changes in. */
export function sayGuest(path: string, error: unknown): unknown {
  if (isOf(error, 'TypeError') && iterating.test(sayThrown(error)))
    return new InvalidError(
      'Nothing can enter in that transaction while its connection goes through rows; read them all before.',
      { cause: error },
    )
  if (isBusy(error)) {
    const why = (error as { code: string }).code === 'SQLITE_BUSY_SNAPSHOT' ? snapshot : busy
    return new BackendError(`Nothing has entered in that transaction on ${path}: ${why}`, { cause: error })
  }
  return isSqliteError(error) && !isRefusal(error) ? sayFailure(path, error) : sayRefusal(path, error)
}

const snapshot =
  'it has read the file, and another connection has written to it since; begin it to write (db.transaction(...).immediate()).'
const busy =
  'another connection writes to the file; open yours with a `timeout` of some seconds, and begin with db.transaction(...).immediate().'
