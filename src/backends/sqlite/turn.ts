import type { HistoryEvent } from '../../queue/journey.ts'
import type { Line } from './history.ts'
import type { QueueTable } from './queue-table.ts'

/** A token that has left a queue in this commit and must be in another at its end, or has left for good. */
export interface Departed {
  readonly id: string
  readonly workflow: string
  /** Its ref in pw_tokens. */
  readonly token: number
  readonly hop: number
  readonly event: HistoryEvent
  /** The line of the history that tells so; the token's arrival completes it. */
  readonly line: Line
  arrived: boolean
}

/** What one transaction, which many callers share, knows while it runs. */
export class Turn {
  now = 0
  elapsed = 0
  /** Whether everything is written at once, each caller in a savepoint: the first try has failed, it is not known whose. */
  careful = false
  /** Whether the caller whose work runs has changed anything yet: if not, it can fail alone. */
  dirty = false
  /** The tokens that have left a queue in the caller's commit. */
  departed: Departed[] = []
  /** Queues in which something may have become visible. */
  readonly visible = new Set<QueueTable>()
  /** Whether something has become visible that is not leased by the end of this transaction: news for others. */
  hasNews = false
  /** The earliest wall time at which something that was delayed in this transaction becomes due. */
  nextDue = Number.POSITIVE_INFINITY
  /** The earliest elapsed time at which a lease of this transaction ends. */
  nextUntil = Number.POSITIVE_INFINITY

  /** Makes it ready for a transaction. */
  begin(now: number, elapsed: number): void {
    this.now = now
    this.elapsed = elapsed
    this.visible.clear()
    this.hasNews = false
    this.nextDue = Number.POSITIVE_INFINITY
    this.nextUntil = Number.POSITIVE_INFINITY
    this.beginCaller()
  }

  /** Tells that something has come to `table` that may still be leased in this transaction: it is no news yet. */
  expect(table: QueueTable): void {
    this.visible.add(table)
  }

  /** Tells that something has become visible in `table`. */
  tell(table: QueueTable): void {
    this.visible.add(table)
    this.hasNews = true
  }

  /** Makes it ready for the next caller's work. */
  beginCaller(): void {
    this.dirty = false
    if (this.departed.length > 0) this.departed = []
  }
}
