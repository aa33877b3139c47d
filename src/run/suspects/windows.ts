import { mostUsefulFailures, restAfterTurnMs, restAfterWindowMs, windowMs } from './solo-policy.ts'

/** The windows in which intake is closed so that a suspect can have its turn, and the rests between them. */
export class Windows {
  #current: { readonly since: number; readonly until: number } | undefined
  #failures = 0
  #restUntil = Number.NEGATIVE_INFINITY
  /** Whether a request for ordinary work was refused since intake was closed. */
  #isMissed = false

  /** Until when intake is closed, if it is: elapsed time. */
  get closedUntil(): number | undefined {
    return this.#current?.until
  }

  /** Until when the others have the process to themselves: elapsed time. */
  get restUntil(): number {
    return this.#restUntil
  }

  /** Records that a request for ordinary work was refused. */
  miss(): void {
    this.#isMissed = true
  }

  close(now: number): void {
    this.#current = { since: now, until: now + windowMs(this.#failures) }
    this.#isMissed = false
  }

  /** Opens intake, since the window was too short: the next one is longer, after a rest. */
  giveUp(now: number): void {
    this.#restUntil = now + restAfterWindowMs(this.#failures++)
    this.open()
  }

  open(): void {
    this.#current = undefined
  }

  /** Begins a turn, for which intake stays closed; returns since when it has been. */
  beginTurn(now: number): number {
    const { since } = this.#current ?? { since: now }
    // A window that was long enough may be so again.
    if (this.#current) this.#failures = Math.min(this.#failures, mostUsefulFailures)
    else this.#isMissed = false
    this.open()
    return since
  }

  /** Begins the rest after a turn that has kept others out for `costMs`, until `openedAt`. */
  endTurn({ openedAt, costMs }: { readonly openedAt: number; readonly costMs: number }): void {
    if (this.#isMissed) this.#restUntil = openedAt + restAfterTurnMs(costMs)
  }
}
