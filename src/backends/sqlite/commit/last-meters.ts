import type { Clock } from '../../../queue/clock.ts'
import { keepContext } from '../../../queue/keep-context.ts'
import type { Meters } from './meters.ts'

// After a second a transaction that is there anyway has taken them along.
const afterMs = 1100

/** What `LastMeters` needs. */
export interface LastMetersParts {
  readonly clock: Clock
  readonly meters: Meters
  readonly write: <T>(work: () => T) => Promise<T>
}

/** Runs a transaction for the meters of the last second of work, which no later one would take along. */
export class LastMeters {
  readonly #parts: LastMetersParts
  readonly #start: () => void
  #cancel: (() => void) | undefined

  constructor(parts: LastMetersParts) {
    this.#parts = parts
    this.#start = keepContext(() => {
      this.#cancel = parts.clock.after(afterMs, () => this.#ring())
    })
  }

  /** Looks after a second whether there are any. */
  expect(): void {
    if (!this.#cancel && !this.#parts.meters.isEmpty) this.#start()
  }

  close(): void {
    this.#cancel?.()
  }

  #ring(): void {
    this.#cancel = undefined
    const { meters, write } = this.#parts
    // If that fails, they wait for the next transaction.
    if (!meters.isEmpty) write(() => meters.hurry()).catch(() => {})
  }
}
