import type { Fence } from './change.ts'
import { isCount } from './check-count.ts'
import { InvalidError } from './errors.ts'

/** Which message a request is about. */
export interface Place {
  readonly queue: string
  readonly id: string
}

/** Throws an `InvalidError` if `fence` has a number that no stay or lease can have. */
export function checkFence(fence: Fence): void {
  checkCount(fence, 'hop', fence.hop)
  checkCount(fence, 'lease', fence.lease)
}

/** Throws an `InvalidError` unless `count` is a whole number from 0. */
export function checkCount(at: Place, what: string, count: number): void {
  if (!isCount(count)) refuse(at, what, count, 'a whole number from 0')
}

/** Throws the `InvalidError` that says what was found, and what it has to be. */
export function refuse({ queue, id }: Place, what: string, found: unknown, expected: string): never {
  const sentence = `The ${what} of token "${id}" in queue "${queue}" is ${String(found)}; it is ${expected}`
  throw new InvalidError(`${sentence}.`, { queue, id })
}
