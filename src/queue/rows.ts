import type { Json } from '../schema/json.ts'
import type { Fault, Progress } from './change.ts'
import type { Parked } from './gate.ts'
import type { Token } from './token.ts'
import type { Waiting } from './wait.ts'

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

/** The status of a message. A lease or delay that has ended no longer counts in lists, filters and counts. */
export type Status = 'ready' | 'leased' | 'delayed' | 'dead' | 'waiting'

/**
 * A message as readers see it. Times are wall time, in milliseconds since 1970. A message whose lease has ended, or that
 * is due, is `ready` and has no owner, also before the next lease call has found it: `leaseLeftMs` is 0 as long as the
 * fence of the expired lease holds.
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
  /** The gate at which it waits, of a message that was asked for by its id. */
  readonly parked?: Parked | undefined
  /** The key of its lane, if it has one. */
  readonly key?: string | undefined
  readonly progress?: Progress | undefined
  /** What it waits for, if it is `waiting`. */
  readonly waits?: Waiting | undefined
  /** The trace with which its token has entered. A lease does not say it: it would cost each hop, and only tracing asks. */
  readonly traceparent?: string | undefined
}

/**
 * Part of a queue: up to `limit` (1 to 1,000, by default 100) rows after the cursor `after`, in the order in which they
 * came to the queue, by default the oldest first.
 */
export interface Page {
  readonly after?: string | undefined
  readonly limit?: number | undefined
  readonly order?: 'oldest' | 'newest' | undefined
  readonly only?: PageFilter | undefined
}

/**
 * Which rows of a queue: a row must match every field. `suspect` means ready to be leased as a suspect: a queue behind a
 * gate that is shut has none.
 */
export interface PageFilter {
  readonly status?: Status | undefined
  readonly tag?: string | undefined
  readonly suspect?: true | undefined
}
