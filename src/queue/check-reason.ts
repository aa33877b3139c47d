import { InvalidError } from './errors.ts'

// Half a surrogate pair and NUL are no text in every database.
const reasonPattern = /^[^\p{Cs}\0]{1,1000}$/u

/** Throws an `InvalidError` unless `reason` is text of 1 to 1,000 characters; `what` names the thing it explains. */
export function checkReason(reason: string, what: string, at: { queue?: string; id?: string }): void {
  if (typeof reason === 'string' && reasonPattern.test(reason) && /\S/.test(reason)) return
  throw new InvalidError(`${what} needs a reason of 1 to 1,000 characters.`, at)
}
