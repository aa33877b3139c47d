import type { Json } from '../schema/json.ts'
import type { Fault } from './change.ts'
import type { Row } from './rows.ts'

/** Where a token is, and each line that its travel has left, oldest first. */
export interface Journey {
  readonly id: string
  readonly workflow: string
  readonly parent?: string | undefined
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
}

/**
 * What can happen to a token:
 * - `entered`: it came into the workflow
 * - `moved`: its stage was done, and it went on
 * - `failed`: its stage gave it up, and it went where `failed` leads
 * - `decided`: a person decided at a desk, and it went on
 * - `claimed`: a person reserved it at a desk
 * - `postponed`: an attempt failed, and there will be another
 * - `released`: it was given back uncharged, by a person or by a process that had to end or cannot read it
 * - `expired`: its lease ended without an answer
 * - `buried`: it is dead in its queue: given up with nowhere to go, or broken
 * - `revived`: an operator has made it ready again
 * - `cancelled`: a person took it out
 * - `discarded`: the loop that had read it took it out
 * - `replaced`: it was pushed again, and this travel ends here
 * - `popped`: it was taken out of an output
 * - `noted`: a person set marks of it
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
  | 'noted'
