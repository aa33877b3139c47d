import type { Clock } from '../queue/clock.ts'

/** Longer than every timer that a process still has when it has died. */
const afterlifeMs = 2 ** 40

/** The clock as one process sees it: its timers are its own, and end with it. */
export class ProcessClock implements Clock {
  readonly #clock: Clock
  readonly #timers = new Map<() => void, () => void>()
  #hasEnded = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  elapsed(): number {
    return this.#clock.elapsed() + (this.#hasEnded ? afterlifeMs : 0)
  }

  after(ms: number, callback: () => void): () => void {
    if (this.#hasEnded) {
      const soon = setImmediate(callback)
      return () => clearImmediate(soon)
    }
    const fire = () => {
      this.#timers.delete(fire)
      callback()
    }
    const cancel = this.#clock.after(ms, fire)
    this.#timers.set(fire, cancel)
    return () => {
      this.#timers.delete(fire)
      cancel()
    }
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.size
  }

  /** Fires all timers, so that the rest of a dead process ends. */
  end(): void {
    this.#hasEnded = true
    for (const [fire, cancel] of [...this.#timers]) {
      cancel()
      fire()
    }
  }
}
