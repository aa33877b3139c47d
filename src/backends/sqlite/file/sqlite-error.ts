import { isSqliteError } from './open-database.mjs'

export { isSqliteError }

/** Whether another process was writing, so that a retry helps. */
export function isBusy(error: unknown): boolean {
  return (
    isSqliteError(error) && (error.code.startsWith('SQLITE_BUSY') || error.code.startsWith('SQLITE_LOCKED'))
  )
}

/** Whether `error` is about a value or a row of one caller, and not about the whole database. */
export function isRefusal(error: unknown): boolean {
  return isSqliteError(error) && /^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH|RANGE)/.test(error.code)
}
