import type { Clock } from './clock.ts'
import { keepContext } from './keep-context.ts'

/** One timer that fires at the earliest of the times it was given, however many messages wait for theirs. */
export class Alarm {
  readonly #clock: Clock
  readonly #after: Clock['after']
  readonly #ring: () => void
  #at = Number.POSITIVE_INFINITY
  #cancel: (() => void) | undefined

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    // Not in the context of the caller who has set the time, which the timer would keep alive as well.
    this.#after = keepContext((ms, rung) => clock.after(ms, rung))
    this.#ring = keepContext(ring)
  }

  /** Rings in `ms` milliseconds at the latest. */
  within(ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) return
    const at = this.#clock.elapsed() + ms
    if (at >= this.#at) return
    this.off()
    this.#at = at
    this.#cancel = this.#after(Math.max(0, ms), () => {
      this.off()
      this.#ring()
    })
  }

  /** Forgets all times it was given. */
  off(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#at = Number.POSITIVE_INFINITY
  }
}
