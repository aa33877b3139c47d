import { longestDelayMs } from './delay.ts'
import { fieldOf } from './thrown.mjs'

/** How failed attempts are tried again. */
export interface Retry {
  /** How many attempts a message has in one stay, from 1. */
  readonly attempts: number
  /** The longest wait after the first failure, in milliseconds. */
  readonly minMs: number
  /** The longest wait of all, in milliseconds. */
  readonly maxMs: number
  /** By how much the longest wait grows with each failure, from 1. */
  readonly factor: number
}

/** Five attempts; waits of at most 1 s, 2 s, 4 s and 8 s between them, never more than 10 minutes. */
export const defaultRetry: Retry = { attempts: 5, minMs: 1000, maxMs: 600_000, factor: 2 }

/** Throws a `RangeError` that names the field of `retry` that is out of range. */
export function checkRetry(retry: Retry): Retry {
  const { attempts, minMs, maxMs, factor } = retry
  if (!Number.isInteger(attempts) || attempts < 1)
    throw new RangeError(`retry.attempts is ${attempts}; it is a whole number from 1.`)
  if (!(minMs >= 0 && minMs < Number.POSITIVE_INFINITY))
    throw new RangeError(`retry.minMs is ${minMs}; it is a number of milliseconds from 0.`)
  if (!(maxMs >= minMs && maxMs < Number.POSITIVE_INFINITY))
    throw new RangeError(`retry.maxMs is ${maxMs}; it is at least retry.minMs (${minMs}).`)
  if (!(factor >= 1)) throw new RangeError(`retry.factor is ${factor}; it is a number from 1.`)
  return retry
}

/** What comes after a charged failure: another attempt in `delayMs`, or none. */
export type Redelivery = { readonly delayMs: number } | 'give-up'

/**
 * Decides it, purely: `attempt` is the number of the attempt that failed (from 1), `random` a number from 0 to 1.
 * An error may carry `retry: false`, which gives up at once, or `retryAfterMs`, which replaces the backoff;
 * no wait is longer than a century.
 * Full jitter, see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function redeliver(retry: Retry, attempt: number, error: unknown, random = Math.random()): Redelivery {
  const wish = wishOf(error)
  if (wish.retry === false || attempt >= retry.attempts) return 'give-up'
  // Rounded up: a wait of none would try again at the very moment at which it failed.
  const delayMs = wish.retryAfterMs ?? Math.ceil(random * backoffCapMs(retry, attempt))
  return { delayMs: Math.min(delayMs, longestDelayMs) }
}

/** The longest wait after failure number `attempt`, in milliseconds. */
export function backoffCapMs({ minMs, maxMs, factor }: Retry, attempt: number): number {
  // 0 times Infinity is NaN.
  return minMs === 0 ? 0 : Math.min(maxMs, minMs * factor ** (attempt - 1))
}

function wishOf(error: unknown): { retry?: boolean; retryAfterMs?: number } {
  if (typeof error !== 'object' || error === null) return {}
  const retry = fieldOf(error, 'retry')
  const retryAfterMs = fieldOf(error, 'retryAfterMs')
  const after = typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? { retryAfterMs } : {}
  return retry === false ? { retry, ...after } : after
}
