import type { Clock } from '../../queue/clock.ts'
import { unlessSooner } from '../unless-sooner.ts'

/** How much longer the messages given back at the end of the grace may take to be recorded, in milliseconds. */
const lastMs = 1000

/**
 * How long running work may go on: for ever, until it is asked to stop; then for some time, in which its outcome may still
 * be recorded. When that is over, and a moment more, nothing is waited for, not even an answer.
 */
export class Grace {
  readonly #clock: Clock
  readonly #ms: number
  readonly #listeners = new Set<() => void>()
  #endsAt = Number.POSITIVE_INFINITY
  #isOver = false
  #cancel = () => {}

  /** It lasts `ms` milliseconds from when it begins. */
  constructor(clock: Clock, ms: number) {
    this.#clock = clock
    this.#ms = ms
  }

  /** When it ends, in elapsed milliseconds; `Infinity` while it has not begun. */
  get endsAt(): number {
    return this.#endsAt
  }

  /** Records that all of it was asked to stop. */
  begin(): void {
    if (this.#endsAt < Number.POSITIVE_INFINITY) return
    this.#endsAt = this.#clock.elapsed() + this.#ms
    this.#cancel = this.#clock.after(this.#ms + lastMs, () => {
      this.#isOver = true
      for (const act of [...this.#listeners]) act()
    })
  }

  /** Records that some of it goes on after all. */
  callOff(): void {
    this.#cancel()
    this.#endsAt = Number.POSITIVE_INFINITY
    this.#isOver = false
  }

  /** Calls `act` when nothing is waited for any more, in a moment if that is so already; the function returned calls it off. */
  onOver(act: () => void): () => void {
    if (this.#isOver) return this.#clock.after(lastMs, act)
    this.#listeners.add(act)
    return () => this.#listeners.delete(act)
  }

  /** Resolves as `promise` does; with what `late` returns if that takes longer than anything is waited for. */
  within<T>(promise: Promise<T>, late: () => T): Promise<T> {
    return unlessSooner(promise, (act) => this.onOver(act), late)
  }
}
