// @ts-check
// Plain JavaScript, since keeper-thread.mjs loads it as it is.
import { isSqliteError } from '../file/open-database.mjs'

/**
 * Whether a write was refused since the file is closed, as its queues are moved or were; the message of the error says where to.
 * @param {unknown} error
 * @returns {error is import('../file/open-database.mjs').SqliteError}
 */
export function isClosing(error) {
  return (
    isSqliteError(error) &&
    error.code === 'SQLITE_CONSTRAINT_TRIGGER' &&
    /moved to .*`pipewright move-to/s.test(error.message)
  )
}
