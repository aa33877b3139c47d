import type { Clock } from '../../queue/clock.ts'

/** Calls back at the nearest time that it was told of: one timer, however many messages wait for a time. */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  #atElapsed = Infinity
  #cancel: (() => void) | undefined

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Rings in `ms` milliseconds at the latest. */
  within(ms: number): void {
    const atElapsed = this.#clock.elapsed() + ms
    if (atElapsed >= this.#atElapsed) return
    this.off()
    this.#atElapsed = atElapsed
    this.#cancel = this.#clock.after(Math.max(0, ms), () => {
      this.off()
      this.#ring()
    })
  }

  /** Forgets what it was told. */
  off(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#atElapsed = Infinity
  }
}
