import { Alarm } from '../../../queue/alarm.ts'
import type { Clock } from '../../../queue/clock.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import { reclaimExpired } from './reclaim.ts'

const againMs = 1000

/** What `Claims` needs. */
export interface ClaimsParts {
  readonly clock: Clock
  readonly open: OpenTransaction
  readonly write: <T>(work: () => T) => Promise<T>
  readonly warn: (message: string) => void
}

/**
 * Ends claims when their time is over. In other queues each lease call of a worker finds expired leases; at a desk nothing
 * is leased until a person claims, and until then the views and the history would show a claim that has ended.
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
    const { clock, open, warn, write } = this.#parts
    try {
      this.expect((await write(() => endClaims(open))) - clock.elapsed())
    } catch (error) {
      if (this.#closed) return
      warn(`Claims that are over could not be ended: ${(error as Error).message}`)
      this.expect(againMs)
    }
  }
}

/** Ends the claims whose time is over, in the transaction that is open. Returns the elapsed time when the next one ends. */
function endClaims(open: OpenTransaction): number {
  const desks = open.registry.all().filter(({ role }) => role === 'review')
  for (const desk of desks) reclaimExpired(open, desk)
  return open.rows.nextUntil(
    desks.map(({ ref }) => ref),
    open.elapsed,
  )
}
