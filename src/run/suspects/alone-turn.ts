import type { Clock } from '../../queue/clock.ts'
import type { Turn } from './solo.ts'

/** How long the others are kept out for an answer, in milliseconds: over a network one may never come. */
export const answerMs = 1000

/** What a turn needs. */
interface AloneTurnParts {
  readonly clock: Clock
  /** Since when others have been kept out, in elapsed milliseconds. */
  readonly closedAt: number
  /** Whether other work runs, or is requested. */
  readonly isWorking: () => boolean
  /** Called when others may come in. */
  readonly opened: () => void
}

/** The turn of a suspect that is worked on alone, and after a while beside others. */
export class AloneTurn implements Turn {
  readonly isAlone = true
  readonly #parts: AloneTurnParts
  #openedAt: number | undefined
  #accompany: () => Promise<void> = async () => {}
  #joining: Promise<void> | undefined
  #cancel = () => {}

  constructor(parts: AloneTurnParts) {
    this.#parts = parts
    this.#openIn(answerMs)
  }

  /** Whether others may be leased beside it. */
  get isOpen(): boolean {
    return this.#openedAt !== undefined
  }

  begin(ms: number, accompany: () => Promise<void>): boolean {
    if (this.#joining || (this.isOpen && this.#parts.isWorking())) return false
    this.#accompany = accompany
    if (!this.isOpen) this.#openIn(ms)
    return true
  }

  #openIn(ms: number): void {
    const { clock, opened } = this.#parts
    this.#cancel()
    this.#cancel = clock.after(ms, () => {
      this.#openedAt = clock.elapsed()
      opened()
    })
  }

  /** Records on the lease of the suspect that it is no longer alone; only once. */
  join(): Promise<void> {
    this.#joining ??= this.#accompany()
    return this.#joining
  }

  /** Ends it; returns when others were let in (elapsed time), and for how long they were not. */
  end(): { readonly openedAt: number; readonly costMs: number } {
    this.#cancel()
    const openedAt = this.#openedAt ?? this.#parts.clock.elapsed()
    return { openedAt, costMs: openedAt - this.#parts.closedAt }
  }
}
