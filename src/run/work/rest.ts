import type { Change } from '../../queue/change.ts'
import type { Wait } from '../../queue/wait.ts'

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
