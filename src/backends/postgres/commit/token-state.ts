import type { Fault } from '../../../queue/change.ts'
import type { TokenOutcome } from '../../../queue/journey.ts'
import type { Reply } from '../../../queue/letter.ts'
import type { Tolls } from '../../../queue/rules/paid.ts'
import type { Stay } from '../../../queue/rules/stay.ts'

/** What is in a message: JSON texts, undefined for none. */
interface Content {
  readonly value: string | undefined
  /** Null for those that are stored. */
  readonly frames: string | undefined | null
}

/** A token and its message, as a transaction works on it. Never changed: each change makes another. */
export interface TokenState {
  readonly token: number
  readonly id: string
  readonly workflow: string
  readonly parent: string | undefined
  readonly traceparent: string | undefined
  readonly enteredAt: number
  readonly arrivedAt: number
  readonly finishedAt: number | undefined
  readonly leftAt: number | undefined
  readonly outcome: TokenOutcome | undefined
  readonly reply: Reply | undefined
  readonly hop: number
  /** The number of the queue that it is in. */
  readonly at: number | undefined
  readonly priority: number
  readonly deploy: number
  /** The lane of its key; 0 for none. */
  readonly lane: number
  readonly key: string
  readonly asks: Tolls | undefined
  readonly stay: Stay
  readonly rev: number
  /** The number of the queue that gave it up, and why. */
  readonly source: number | undefined
  readonly brought: Fault | undefined
  /** What its message is to have from now on; undefined for what is stored. */
  readonly content: Content | undefined
}
