import { Alarm } from '../../queue/alarm.ts'
import type { Clock } from '../../queue/clock.ts'
import { reclaimExpired } from './expiry.ts'
import type { Ledger } from './ledger.ts'
import type { QueueTable } from './queue-table.ts'

const againMs = 1000

/** What ends claims. */
export interface ClaimsParts {
  readonly clock: Clock
  readonly ledger: Ledger
  readonly write: <T>(work: () => T) => Promise<T>
  readonly warn: (message: string) => void
}

/**
 * Ends claims when their time is over. From other queues the workers lease, and each lease finds those that have ended;
 * from a desk nothing is leased until a person claims, and meanwhile the views and the history would tell what is not so
 * any more.
 */
export class Claims {
  readonly #parts: ClaimsParts
  readonly #alarm: Alarm
  #closed = false

  constructor(parts: ClaimsParts) {
    this.#parts = parts
    this.#alarm = new Alarm(parts.clock, () => void this.#end())
  }

  /** Looks in `ms` milliseconds at the latest, and from then on whenever a claim ends. */
  expect(ms: number): void {
    if (!this.#closed) this.#alarm.within(ms)
  }

  close(): void {
    this.#closed = true
    this.#alarm.off()
  }

  async #end(): Promise<void> {
    const { clock, ledger, warn, write } = this.#parts
    try {
      const tables = await write(() => ledger.registry.all())
      const desks = tables.filter(({ entry }) => entry.role === 'review')
      const ends = await Promise.all(desks.map((table) => this.#endAt(table)))
      this.expect(Math.min(...ends) - clock.elapsed())
    } catch (error) {
      if (this.#closed) return
      warn(`Claims that are over could not be ended: ${(error as Error).message}`)
      this.expect(againMs)
    }
  }

  // Each desk is a caller of its own: one whose table cannot be read is in the way of no other.
  async #endAt(table: QueueTable): Promise<number> {
    const { clock, ledger, write } = this.#parts
    try {
      return await write(() => endClaims(ledger, table))
    } catch (error) {
      if (!ledger.spare.tell(table.entry, error)) throw error
      return clock.elapsed() + againMs
    }
  }
}

/** Ends the claims at a desk whose time is over, in the transaction that is open. Returns the elapsed time when the next one ends. */
function endClaims(ledger: Ledger, table: QueueTable): number {
  const { departures, turn } = ledger
  departures.settleAt(table)
  reclaimExpired(ledger, table)
  return table.times.next.get(turn.now, turn.elapsed)!.until ?? Number.POSITIVE_INFINITY
}
