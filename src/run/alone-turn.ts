import type { Clock } from '../queue/clock.ts'
import type { Turn } from './solo.ts'

/** The turn of a suspect that works alone, and is let have company after a while. */
export class AloneTurn implements Turn {
  readonly isAlone = true
  readonly #clock: Clock
  readonly #closedAt: number
  readonly #opened: () => void
  #openedAt: number | undefined
  #accompany: () => Promise<void> = async () => {}
  #joining: Promise<void> | undefined
  #cancel = () => {}

  /** Others were kept out from `closedAt` on, in elapsed time; `opened` is called when they may come in. */
  constructor(clock: Clock, closedAt: number, opened: () => void) {
    this.#clock = clock
    this.#closedAt = closedAt
    this.#opened = opened
  }

  /** Whether others may be leased beside it. */
  get isOpen(): boolean {
    return this.#openedAt !== undefined
  }

  begin(ms: number, accompany: () => Promise<void>): void {
    this.#accompany = accompany
    this.#cancel = this.#clock.after(ms, () => {
      this.#openedAt = this.#clock.elapsed()
      this.#opened()
    })
  }

  /** Tells the lease of the suspect that it has company; only once. */
  join(): Promise<void> {
    this.#joining ??= this.#accompany()
    return this.#joining
  }

  /** Ends it; returns when others were let in (elapsed time), and for how long they were not. */
  end(): { readonly openedAt: number; readonly costMs: number } {
    this.#cancel()
    const openedAt = this.#openedAt ?? this.#clock.elapsed()
    return { openedAt, costMs: openedAt - this.#closedAt }
  }
}
