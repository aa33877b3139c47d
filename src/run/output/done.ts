import { keysOf, refuseUnread } from '../../schema/refuse-unread.ts'
import type { Log } from '../log.ts'
import { type CheckedOptions, checkOptions, type WorkOptions } from '../work/work.ts'

/** A token that has finished, as `done` of an app gets it. */
export interface Finished<out T = unknown> {
  readonly id: string
  /** The state in which it has finished. */
  readonly value: T
  /** `id:hop`: the idempotency key, the same in every call for this token; one that enters anew has another. */
  readonly key: string
  /** When it finished, in milliseconds since 1970. */
  readonly finishedAt: number
  /** The number of this call, from 1. */
  readonly attempt: number
  /** Aborts when the time is up, the lease is lost, the token is cancelled, or the process has to end. */
  readonly signal: AbortSignal
  readonly log: Log
}

/** Uses a finished token; `given` is what the functions of the stages are given. */
export type UseFinished<T, Given> = (token: Finished<T>, given: Given) => unknown

/**
 * What is called with each finished token, at least once, and always with the same `key`; the token is taken off the output in
 * the commit after it returns. What it throws is tried again as a worker's failure is. With options it is `process` among them.
 */
export type Done<T = unknown, Given = unknown> = UseFinished<T, Given> | DoneDefinition<T, Given>

/** `done` with options. */
export interface DoneDefinition<T, Given> extends WorkOptions {
  readonly process: UseFinished<T, Given>
}

/** `done` with all its options, checked. */
export interface CheckedDone extends CheckedOptions {
  readonly use: UseFinished<any, any>
}

const doneKeys = keysOf<DoneDefinition<any, any>>({
  process: true,
  concurrency: true,
  retry: true,
  timeoutMs: true,
  leaseMs: true,
  graceMs: true,
  crashes: true,
})

/** `done` with its defaults. Throws a sentence if it is none. */
export function checkDone(done: Done<any, any>): CheckedDone {
  if (typeof done === 'function') return { use: done, ...checkOptions({}) }
  refuseUnread('`done` has', done, doneKeys)
  const { process, ...options } = done
  if (typeof process === 'function') return { use: process, ...checkOptions(options) }
  throw new TypeError('`done` has no function `process`, which is called with each finished token.')
}
