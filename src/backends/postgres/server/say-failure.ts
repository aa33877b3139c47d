import pg from 'pg'
import { BackendError, isPipewrightError } from '../../../queue/errors.ts'
import { hidePasswords } from '../../../queue/hide-passwords.ts'
import { sayThrown } from '../../../queue/thrown.mjs'
import {
  isClosing,
  isCrowded,
  isFatal,
  isFull,
  isLost,
  isOfOtherSession,
  isReadOnly,
  isServerError,
} from './failures.ts'

/** The error for callers whose request the database could not do. */
export function sayFailure(where: string, error: unknown): unknown {
  if (isPipewrightError(error)) return error
  const nothing = 'nothing of this was recorded'
  const message = hidePasswords(sayThrown(error))
  const say = (sentence: string) => new BackendError(sentence, { cause: error })
  if (isClosing(error)) return say(message)
  if (isReadOnly(error))
    return say(
      `The database ${where} only reads (${message}): it is a standby, or was set so; ${nothing}. Connect to the primary.`,
    )
  if (isFull(error))
    return say(
      `The server of the database ${where} has no room left (${message}); ${nothing}. Make room on its disk, and try it again.`,
    )
  if (isCrowded(error))
    return say(
      `The server of the database ${where} has no connection left (${message}); ${nothing}. Raise its max_connections, or have each process take fewer, by "connections=2" behind the "?" of the URL.`,
    )
  if (isOfOtherSession(error))
    return say(
      `The database ${where} has mixed up sessions (${message}); ${nothing}. Behind a pooler that gives each transaction another connection, add "sessions=false" behind the "?" of the URL.`,
    )
  if (isServerError(error) && !isFatal(error))
    return say(`The database ${where} refused a statement: ${message} (${error.code}); ${nothing}.`)
  const advice = isLost(error) ? '' : ' Look at its address, the user, and the password.'
  return say(`The database ${where} could not be reached: ${message}; ${nothing}.${advice}`)
}

/** The error for callers whose transaction may have been committed, which cannot be found out now. */
export function sayUnknown(where: string, error: unknown): BackendError {
  const message = hidePasswords(sayThrown(error))
  return new BackendError(
    `The connection to the database ${where} was lost as it committed (${message}); whether this was recorded is not known. To try it again is safe: a fence or an id that was recorded is refused.`,
    { cause: error },
  )
}

/** Whether an error is one of the server, or of the way to it, so that it is no bug of ours. */
export function isOfDatabase(error: unknown): boolean {
  if (isPipewrightError(error) || isServerError(error) || isLost(error)) return true
  return error instanceof pg.DatabaseError || typeof (error as { code?: unknown })?.code === 'string'
}
