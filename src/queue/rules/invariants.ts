import { BackendError } from '../errors.ts'
import type { Gate } from './gate.ts'
import type { Stay } from './stay.ts'

/*
 * What must be true after every commit. Most of it holds by construction: a token has one row, so it is in one queue; a hop is a
 * statement that changes just the row that its fence proves, or none; what a lease has paid stands in the row and goes with the
 * lease; a letter's key is unique in its box; a record that repeats is put in the commit that it guards. What is left is
 * asserted here, where the numbers are at hand anyway. A commit or a lease for which it is not true is refused, changes
 * nothing, and is tried again after a pause, as after an outage: so its stage stands still with this sentence in its log.
 */

/** Throws a `BackendError` if more is held at a gate than it may let through at once. */
export function checkHeld(name: string, { held, limit }: Pick<Gate, 'held' | 'limit'>): void {
  if (limit === undefined || held <= limit) return
  throw broken(`at gate "${name}" a lease would hold ${held} units where ${limit} are the limit`)
}

/** Throws a `BackendError` if a message waits for letters that are in its box already. */
export function checkWaits(token: number, { status, wait }: Pick<Stay, 'status' | 'wait'>): void {
  if (status !== 'waiting' || !wait?.for.some(({ missing }) => missing <= 0)) return
  throw broken(`the message of token number ${token} waits for letters of which none is missing`)
}

function broken(what: string): BackendError {
  return new BackendError(
    `A rule that always holds is broken: ${what}. Nothing was changed; keep a copy of the database, run \`pipewright check\`, and report it.`,
  )
}
