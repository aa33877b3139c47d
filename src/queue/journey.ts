import type { Json } from '../schema/json.ts'
import type { Fault } from './change.ts'
import type { Row } from './rows.ts'

/** Which lines of a journey, and whether with values. */
export interface JourneyPart {
  /** The newest so many lines; 1,000 by default. */
  readonly limit?: number | undefined
  /** Only the lines of this stay. */
  readonly hop?: number | undefined
  /** Whether the lines have the values that are remembered: of the newest stays, 5 MB of them at most. */
  readonly values?: boolean | undefined
}

/** Where a token is, and each line that its travel has left, oldest first. */
export interface Journey {
  readonly id: string
  readonly workflow: string
  readonly parent?: string | undefined
  /** That of its message, or of the last one once it has left. */
  readonly priority: number
  readonly enteredAt: number
  readonly finishedAt?: number | undefined
  /** How it ended: in the output, or taken out before; undefined while it is on its way. */
  readonly outcome?: TokenOutcome | undefined
  /** The queue it is in, and its row there; neither once it has left. */
  readonly queue?: string | undefined
  readonly row?: Row | undefined
  readonly lines: readonly JourneyLine[]
}

/** How a token ends: it has reached an output, was cancelled, or was discarded by the loop that had read it. */
export type TokenOutcome = 'done' | 'cancelled' | 'discarded'

/** One line of the history. `queue` is the queue that the token was in. */
export interface JourneyLine {
  readonly at: number
  readonly hop: number
  readonly queue: string
  readonly event: HistoryEvent
  readonly attempt?: number | undefined
  readonly actor?: string | undefined
  readonly reason?: string | undefined
  /** What a person decided with, or the marks that were set. */
  readonly fields?: Json | undefined
  readonly error?: Fault | undefined
  readonly workMs?: number | undefined
  /** The queue that it went to, if it left one. */
  readonly to?: string | undefined
  /** The owner of its lease. */
  readonly owner?: string | undefined
  /** The number of the version of the workflow that did it. */
  readonly deploy?: number | undefined
  /**
   * The value of the stay, as it was in it, and the frames; on the last line of a stay whose value is remembered, where values
   * were asked for. Frames are there also where there was no value.
   */
  readonly value?: Json | undefined
  readonly frames?: readonly Json[] | undefined
  /** How long that value is as JSON, in bytes; also where it is left out, since those of newer stays are too long together. */
  readonly valueBytes?: number | undefined
}

/**
 * What can happen to a token:
 * - `entered`: it came into the workflow
 * - `moved`: its stage was done, and it went on
 * - `failed`: its stage gave it up, and it went where `failed` leads
 * - `late`: its time there was over before an answer came, and it went where `late` leads
 * - `decided`: a person decided at a desk, and it went on
 * - `claimed`: a person reserved it at a desk
 * - `postponed`: an attempt failed, and there will be another
 * - `released`: it was given back uncharged, by a person or by a process that had to end or cannot read it
 * - `waiting`: it was given back uncharged, to rest until letters come
 * - `expired`: its lease ended without an answer
 * - `buried`: it is dead in its queue: given up with nowhere to go, or broken
 * - `revived`: an operator has made it ready
 * - `cancelled`: a person took it out
 * - `resolved`: what it waited for was there, as the one who looked has found, and it went on
 * - `discarded`: the loop that had read it took it out
 * - `replaced`: it was pushed again, and this travel ends here
 * - `popped`: it was taken out of an output
 *
 * A line that a queue is `paused`, or has `resumed`, is no token's.
 * - `edited`: a person gave it another value
 * - `rerun`: it began again from an earlier stay
 * - `undone`: what was done to it was taken back, as when it had been cancelled
 * - `commented`: a person said something about it
 * - `noted`: a person set marks of it, or did something that changed nothing about it
 */
export type HistoryEvent =
  | 'entered'
  | 'moved'
  | 'failed'
  | 'decided'
  | 'discarded'
  | 'popped'
  | 'postponed'
  | 'released'
  | 'buried'
  | 'expired'
  | 'cancelled'
  | 'replaced'
  | 'revived'
  | 'claimed'
  | 'waiting'
  | 'resolved'
  | 'late'
  | 'paused'
  | 'resumed'
  | 'edited'
  | 'rerun'
  | 'undone'
  | 'commented'
  | 'noted'
