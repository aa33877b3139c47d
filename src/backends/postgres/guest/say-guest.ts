import { BackendError, InvalidError, isPipewrightError } from '../../../queue/errors.ts'
import { sayThrown } from '../../../queue/thrown.mjs'
import type { Database } from '../server/database.ts'

const noTransaction = '25P01'
const failedTransaction = '25P02'
const deadlock = '40P01'
const transient = new Set(['PW001', '55P03'])

/** Whether the same may succeed at once in the same transaction. After a deadlock it would wait for the same lock again. */
export function isTransientState(state: string | undefined): boolean {
  return state !== undefined && transient.has(state)
}

/** The SQLSTATE of an error of any library: it may be a cause, or among what the library tells of it. */
export function stateOf(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 4) return undefined
  const { code, originalCode, meta, cause, driverAdapterError } = error as Record<string, unknown>
  for (const each of [originalCode, code]) if (isState(each)) return each
  for (const each of [meta, cause, driverAdapterError]) {
    const state = stateOf(each, depth + 1)
    if (state !== undefined) return state
  }
  return undefined
}

// Not a code of Prisma, such as P2010, nor one of the system, such as EPIPE.
function isState(code: unknown): code is string {
  return typeof code === 'string' && /^(?:\d[\dA-Z]|F0|HV|P0|PW|XX)[\dA-Z]{3}$/.test(code)
}

/**
 * The error for a caller whose transaction could not take its changes in. `isFirst` where nothing was asked of it before: a library that
 * does not pass it on to the server refuses it because it has ended.
 */
export function sayGuest(database: Database, error: unknown, isFirst = false): unknown {
  if (isPipewrightError(error)) return error
  const state = stateOf(error)
  const invalid = (why: string) =>
    new InvalidError(`Nothing can enter in that transaction: ${why}`, { cause: error })
  if (state === noTransaction)
    return invalid('the connection is in no transaction; push between BEGIN and COMMIT.')
  if (state === failedTransaction)
    return invalid('a statement of it has failed, so that it can only be rolled back.')
  if (state === deadlock)
    return new BackendError(
      `Nothing has entered in that transaction on ${database.where}: it and another one waited for each other; roll it back and begin it again.`,
      { cause: error },
    )
  if (state === undefined && isFirst) return invalid(`${sayThrown(error)}.`)
  return database.say(error)
}
