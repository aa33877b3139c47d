import type { Clock } from './clock.ts'

/** Rings at the nearest time that it was told of: one timer, however many messages wait for theirs. */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  #at = Number.POSITIVE_INFINITY
  #cancel: (() => void) | undefined

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Rings in `ms` milliseconds at the latest. */
  within(ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) return
    const at = this.#clock.elapsed() + ms
    if (at >= this.#at) return
    this.off()
    this.#at = at
    this.#cancel = this.#clock.after(Math.max(0, ms), () => {
      this.off()
      this.#ring()
    })
  }

  /** Forgets what it was told. */
  off(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#at = Number.POSITIVE_INFINITY
  }
}
