import type { OverriddenGate } from './gate.ts'
import type { QueueCount } from './queue-count.ts'

/** How the queues of a backend are doing: what it costs follows the number of queues, not of messages. */
export interface Pulse {
  /** When it was, in milliseconds since 1970. */
  readonly at: number
  /**
   * Given to the next `pulse`, that has the meters since this one. It is a time, in milliseconds since 1970, as text, so
   * a caller who wants the meters of a longer time makes one.
   */
  readonly cursor: string
  readonly queues: readonly QueuePulse[]
}

/** How one queue is doing. All that it has had is still there or has left: the counts add up to `entered - left`. */
export interface QueuePulse extends QueueCount {
  /** How many messages have ever come to it. */
  readonly entered: number
  /** How many of them have left it. */
  readonly left: number
  /** The gates that it stands behind at which a person has set a limit or a rate in place of what is declared. */
  readonly overridden?: readonly OverriddenGate[] | undefined
  /** What happened there, the earliest first. */
  readonly meters: readonly Meter[]
}

/**
 * What happened in a queue within some time. These are statistics: a process that dies loses those of its last second. A span
 * that is not over may have more in it the next time, and takes the place of what was told of it before.
 */
export interface Meter {
  /** When the span begins, in milliseconds since 1970. */
  readonly at: number
  /** How long it is: a minute, or an hour if it was more than two days ago. */
  readonly ms: number
  /** The queue to which all of this went; undefined for what stayed, or left for good. */
  readonly to?: string | undefined
  /** Messages that came to the queue; without `to`. */
  readonly entered: number
  /** Messages that left it, but for those that were given up. */
  readonly moved: number
  /** Attempts that failed, with `to` those after which the message was given up and went there. */
  readonly failed: number
  /** How long messages had been in the queue when they were first leased. */
  readonly age: Spread
  /** How long the work took that led there, or failed. */
  readonly work: Spread
}

/**
 * How long something took, many times: how often less than a millisecond (at 0), from 1 up to 2 ms, from 2 up to 4 ms and so on.
 * Zeros at the end are left out; the last of 32 has all from 2^30 ms on.
 */
export interface Spread {
  readonly buckets: readonly number[]
  /** The sum of all of them, in milliseconds. */
  readonly sumMs: number
}
