import type { Pop } from '../../queue/change.ts'
import { leaseLost } from '../../queue/refusals.ts'
import { Gathered } from './gathered.ts'
import type { QueueTable } from './queue-table.ts'
import type { Turn } from './turn.ts'

/** A leased message that was popped in the transaction that is open. */
export interface Departure {
  /** The token's ref. */
  readonly token: number
  readonly change: Pop
}

/**
 * The messages that were popped in the transaction that is open and are still in their tables. They are deleted
 * together, at the end or before anything else looks at their table. If a fence among them does not hold, a
 * `LeaseLostError` is thrown that may blame another: the transaction has to run again, one at a time.
 */
export class Departures {
  readonly #turn: Turn
  readonly #waiting = new Gathered<Departure>()

  constructor(turn: Turn) {
    this.#turn = turn
  }

  add(table: QueueTable, departure: Departure): void {
    this.#waiting.add(table, departure)
    if (this.#turn.careful) this.settleAt(table)
  }

  /** Deletes what was popped from `table`. */
  settleAt(table: QueueTable): void {
    const waiting = this.#waiting.take(table)
    if (!waiting || table.pop.run(waiting) === waiting.length) return
    // Whoever looks at the table now is not to blame: this fails the transaction, not that caller alone.
    this.#turn.dirty = true
    throw leaseLost(waiting[0]!.change)
  }

  /** Deletes all that was popped. */
  settle(): void {
    for (const table of this.#waiting.tables()) this.settleAt(table)
  }

  /** Forgets what was popped in a transaction that is rolled back. */
  clear(): void {
    this.#waiting.clear()
  }
}
