import type { Clock } from '../../queue/clock.ts'

/** For how long work has waited for what is no fault of it. Waits that overlap count once. */
export class Standstill {
  readonly #clock: Clock
  #waits = 0
  #since = 0
  #beforeMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds until now. */
  get ms(): number {
    return this.#beforeMs + (this.#waits > 0 ? this.#clock.elapsed() - this.#since : 0)
  }

  /** Records that a wait begins; the function that is returned, to be called once, that it is over. */
  begin(): () => void {
    if (this.#waits++ === 0) this.#since = this.#clock.elapsed()
    return () => {
      if (--this.#waits === 0) this.#beforeMs += this.#clock.elapsed() - this.#since
    }
  }
}
