import type { Session } from '../server/database.ts'

/** Where a chore goes on. */
export interface Place {
  /** 0 at the beginning of a round. */
  readonly after: number
  /** What else it has remembered. */
  readonly note: string | null
}

/** Something that is done from time to time, by one process at a time, in rounds of small transactions. */
export interface Chore {
  readonly name: string
  /** It rests so long after a round at least, in milliseconds; if the round took long, a hundred times that. */
  readonly restMs: number
  /** Whether all that a step reads has to be of one moment. */
  readonly isOfOneMoment?: true
  /**
   * Does a part, in a transaction; resolves with where to go on, or undefined where the round is over. `say` tells the operator what was
   * done, and `warn` what has to be looked at, once it is committed.
   */
  step(session: Session, place: Place, say: Saying, warn: Saying): Promise<Step>
}

type Saying = (sentence: string) => void

/** What a step has come to. */
interface Step {
  readonly isOver: boolean
  readonly after?: number
  readonly note?: string | null
}
