import pg from 'pg'
import { isPipewrightError } from '../../../queue/errors.ts'
import { sayThrown } from '../../../queue/thrown.mjs'

/** An error that the server has answered with. */
export interface ServerError extends Error {
  /** SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html */
  readonly code: string
  /** In the language of the server. */
  readonly severity: string
}

/** Thrown where a transaction has to begin again, or to end, after it was rolled back: its connection is as good as before. */
export class Undone extends Error {}

/** Whether the server has answered with an error, rather than the connection has failed. */
export function isServerError(error: unknown): error is ServerError {
  return (
    error instanceof pg.DatabaseError || (error instanceof Error && 'severity' in error && 'code' in error)
  )
}

// The server ends the session with these, in whatever language it says so.
const fatalCodes = /^(08|28|57P0|25P0[34]|53300|3D000)/

/** Whether the server has ended the session with an error. */
export function isFatal({ severity, code }: ServerError): boolean {
  return severity === 'FATAL' || severity === 'PANIC' || fatalCodes.test(code)
}

/** Whether the server has said that nothing of the transaction was done. */
export function isUndone(error: unknown): boolean {
  return isServerError(error) && error.severity === 'ERROR'
}

/** Whether the server is a standby, or was set to read only. */
export function isReadOnly(error: unknown): boolean {
  return isServerError(error) && error.code === '25006'
}

/** Whether the server has no room on its disk, or in its memory. */
export function isFull(error: unknown): boolean {
  return isServerError(error) && /^53[12]/.test(error.code)
}

/** Whether the server has no place for another connection. */
export function isCrowded(error: unknown): boolean {
  return isServerError(error) && error.code === '53300'
}

/** Whether the server lets none in, or has sent one away, but is there: it has no place, starts, or has waited for too long. */
export function isShut(error: unknown): boolean {
  return isServerError(error) && /^(53300|57P0[1235])$/.test(error.code)
}

/** Whether a statement that was prepared is not there, or one that was not is: another session has it. */
export function isOfOtherSession(error: unknown): boolean {
  return isServerError(error) && (error.code === '26000' || error.code === '42P05')
}

/** Whether the connection may be used again: what has failed is a request, not the way to the server. */
export function isRefused(error: unknown): boolean {
  if (error instanceof Undone) return true
  if (isPipewrightError(error)) return error.code !== 'backend'
  return isServerError(error) && !isFatal(error) && !isReadOnly(error)
}

/** Our own: what was read is not what is there any more, so the transaction has to begin again. */
export const againState = 'PW001'

/** Whether the queues are being moved elsewhere, or were, so that nothing is written here; its message says where to. */
export function isClosing(error: unknown): error is ServerError {
  return isServerError(error) && error.code === 'PW002'
}

const transient = new Set([againState, '40001', '40P01', '55P03'])

/** Whether the same transaction may succeed at once: it was in the way of another one, and nothing of it was done. */
export function isTransient(error: unknown): boolean {
  return isServerError(error) && transient.has(error.code)
}

// A user, a database or a setting that is not there will not be there soon either.
const lasting = /^(28|3D|42|22|0A)/
const lostCodes = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|EADDR|ENOENT)/
const lostMessages = /terminated|timeout|not queryable|establishing an SSL/i

/**
 * Whether the connection was lost, or could not be made, or the server cannot write now, so that it may be as usual in a moment: it starts
 * again, another takes its place, or it has too many connections. Whether a COMMIT was under way is not said by it.
 */
export function isLost(error: unknown): boolean {
  if (isPipewrightError(error) || error instanceof Undone || !(error instanceof Error)) return false
  if (isServerError(error)) return isReadOnly(error) || (isFatal(error) && !lasting.test(error.code))
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? lostCodes.test(code) : lostMessages.test(sayThrown(error))
}
