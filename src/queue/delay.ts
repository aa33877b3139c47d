import { InvalidError } from './errors.ts'

/**
 * The longest delay, in milliseconds: a century. A row with an accepted delay must be stored, be found when it is due, and
 * not be taken for one that was edited by hand.
 */
export const longestDelayMs = 36_525 * 86_400_000

/** Whether `delayMs` milliseconds is a valid delay. */
export function isDelay(delayMs: number): boolean {
  return typeof delayMs === 'number' && delayMs >= 0 && delayMs <= longestDelayMs
}

/** What is wrong with an invalid delay. */
export function sayDelay(delayMs: number): string {
  return `is ${delayMs}; it is a number of milliseconds from 0 to ${longestDelayMs}, which is a century`
}

/** Throws an `InvalidError` unless the token may be delayed by `delayMs` milliseconds. */
export function checkDelay(delayMs: number, at: { readonly queue: string; readonly id: string }): void {
  if (isDelay(delayMs)) return
  throw new InvalidError(`The delay of token "${at.id}" in queue "${at.queue}" ${sayDelay(delayMs)}.`, at)
}
