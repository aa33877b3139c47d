import type { Json } from '../schema/json.ts'
import type { Fault } from './change.ts'
import type { Token } from './token.ts'

/** A message as its worker gets it. */
export interface Leased extends Token {
  /** Undefined where what is stored is not JSON. */
  readonly value: Json
  readonly lease: number
  /** Charged failures of this stay so far. */
  readonly attempts: number
  /** Crashes of this stay while it was a suspect and worked on alone. */
  readonly crashes: number
  readonly suspect: boolean
}

/** How a message is doing. What has ended, a lease or a delay, counts for nothing in lists, filters and counts. */
export type Status = 'ready' | 'leased' | 'delayed' | 'dead'

/**
 * A message as anybody may look at it. Times are wall time, in milliseconds since 1970. One whose lease has ended, or that
 * is due, is `ready` and has no owner, though the next lease has still to find it: `leaseLeftMs` is 0 as long as the
 * fence of the lease that has ended holds.
 */
export interface Row extends Leased {
  readonly status: Status
  /** When it came to this queue. */
  readonly enteredAt: number
  readonly owner?: string | undefined
  /** Milliseconds that the lease has left, if it is leased. */
  readonly leaseLeftMs?: number | undefined
  readonly dueAt?: number | undefined
  readonly error?: Fault | undefined
  readonly progress?: { readonly fraction: number; readonly note?: string | undefined } | undefined
}

/**
 * Part of a queue: up to `limit` (1 to 1,000, 100 unless told) rows after the cursor `after`, in the order in which they
 * came to the queue, the oldest first unless told.
 */
export interface Page {
  readonly after?: string | undefined
  readonly limit?: number | undefined
  readonly order?: 'oldest' | 'newest' | undefined
  readonly only?: PageFilter | undefined
}

/**
 * Which rows of a queue: all that are asked for must hold. `suspect` means ready to be leased as a suspect: there is none
 * in a queue that is paused.
 */
export interface PageFilter {
  readonly status?: Status | undefined
  readonly tag?: string | undefined
  readonly suspect?: true | undefined
}
