import pg from 'pg'
import { BackendError, isPipewrightError } from '../../../queue/errors.ts'
import { hidePasswords } from '../../../queue/hide-passwords.ts'
import { sayThrown } from '../../../queue/thrown.mjs'

/** An error that the server has answered a statement with. */
interface ServerError extends Error {
  /** SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html */
  readonly code: string
  readonly severity: string
  readonly constraint?: string
}

/** Whether the server has answered with an error, rather than the connection has failed. */
export function isServerError(error: unknown): error is ServerError {
  return (
    error instanceof pg.DatabaseError || (error instanceof Error && 'severity' in error && 'code' in error)
  )
}

/** Whether the connection may be used again: what has failed is a request, not the way to the server. */
export function isRefused(error: unknown): boolean {
  if (isPipewrightError(error)) return error.code !== 'backend'
  return isServerError(error) && error.severity === 'ERROR'
}

/** Our own: what was read is not what is there any more, so the transaction has to begin again. */
export const againState = 'PW001'

const transient = new Set([againState, '40001', '40P01', '55P03'])

/** Whether the same transaction may succeed at once: it was in the way of another one, and nothing of it was done. */
export function isTransient(error: unknown): boolean {
  return isServerError(error) && transient.has(error.code)
}

/** Whether the server has said that nothing of the transaction was done. */
export function isUndone(error: unknown): boolean {
  return isServerError(error) && error.severity === 'ERROR'
}

/** The error for callers whose request the database could not do. */
export function sayFailure(where: string, error: unknown): unknown {
  if (isPipewrightError(error)) return error
  const message = hidePasswords(sayThrown(error))
  if (isServerError(error) && error.severity === 'ERROR')
    return new BackendError(
      `The database ${where} refused a statement: ${message} (${error.code}); nothing of this was recorded.`,
      { cause: error },
    )
  return new BackendError(`The database ${where} could not be reached: ${message}.`, { cause: error })
}

/** The error for callers whose transaction may have been committed, which cannot be found out now. */
export function sayUnknown(where: string, error: unknown): BackendError {
  const message = hidePasswords(sayThrown(error))
  return new BackendError(
    `The connection to the database ${where} was lost as it committed (${message}); whether this was recorded is not known. To try it again is safe: a fence or an id that was recorded is refused.`,
    { cause: error },
  )
}
