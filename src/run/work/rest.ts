import type { Change } from '../../queue/change.ts'
import type { Held } from '../../queue/held.ts'
import type { Wait } from '../../queue/wait.ts'
import type { Log } from '../log.ts'

/** An attempt, as work that may let its message rest sees it. */
export interface RestingAttempt<In, Out> {
  readonly held: Held<In, Out>
  /** Aborts when the attempt is ended from outside. */
  readonly signal: AbortSignal
  readonly log: () => Log
  /** Pays at a gate; resolves as soon as that lets it pass. */
  readonly pass: (gate: string, units?: number) => Promise<void>
}

/** Until when a message rests: until its wait is over, or `delayMs` milliseconds are. */
interface Until {
  readonly wait?: Wait | undefined
  readonly delayMs?: number | undefined
}

/** What work returns whose message is to rest in its queue, at no cost, before it goes on. */
export class Rest {
  readonly until: Until
  /** What else is committed with that. */
  readonly changes: readonly Change[]

  constructor(until: Until, changes: readonly Change[] = []) {
    this.until = until
    this.changes = changes
  }
}
