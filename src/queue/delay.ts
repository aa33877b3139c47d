import { InvalidError } from './errors.ts'

/**
 * How far ahead anything may be put off, in milliseconds: a century. What is accepted here must be stored, be found when
 * it is due, and not be taken for the row of somebody who has edited the file.
 */
export const longestDelayMs = 36_525 * 86_400_000

/** Whether something may be put off by `delayMs` milliseconds. */
export function isDelay(delayMs: number): boolean {
  return delayMs >= 0 && delayMs <= longestDelayMs
}

/** What is wrong with a delay that is none. */
export function sayDelay(delayMs: number): string {
  return `is ${delayMs}; it is a number of milliseconds from 0 to ${longestDelayMs}, which is a century`
}

/** Throws an `InvalidError` unless the token may be put off by `delayMs` milliseconds. */
export function checkDelay(delayMs: number, at: { readonly queue: string; readonly id: string }): void {
  if (isDelay(delayMs)) return
  throw new InvalidError(`The delay of token "${at.id}" in queue "${at.queue}" ${sayDelay(delayMs)}.`, at)
}
