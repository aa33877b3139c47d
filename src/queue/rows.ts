import type { Json } from '../schema/json.ts'
import type { Fault, Progress } from './change.ts'
import type { Filter } from './filter.ts'
import type { Parked } from './gate.ts'
import type { Marks } from './marks.ts'
import type { Status } from './status.ts'
import type { Token } from './token.ts'
import type { Waiting } from './wait.ts'

export type { Status } from './status.ts'

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
  /** The marks of this stay, if it has any. */
  readonly marks?: Marks | undefined
  /** How often people have changed marks of the token: it grows with each change, also over stays. */
  readonly rev: number
  /** The queue that gave the token up, so that it came here; and the fault for which it did. */
  readonly source?: string | undefined
  readonly brought?: Fault | undefined
  /** The queue that it is in: only in a list over all queues of a workflow. */
  readonly queue?: string | undefined
}

/**
 * Part of a queue: up to `limit` (1 to 1,000, by default 100) rows after the cursor `after`, in the order in which they
 * came to the queue, by default the oldest first. A page may be short where few rows match: there are more, or may be, as
 * long as there is a `next`.
 */
export interface Page {
  readonly after?: string | undefined
  readonly limit?: number | undefined
  readonly order?: 'oldest' | 'newest' | undefined
  readonly only?: Filter | undefined
  /**
   * The mark by which the rows are in order, instead of by their arrival: numbers before texts, the smallest first, or last
   * with `order: 'newest'`. Those without it are behind the others, by their arrival.
   */
  readonly by?: string | undefined
  /** False leaves out values and frames, which may be long. */
  readonly values?: false | undefined
}
