/** What a loop does between two reads: from the message that it was given until it reads again. */
export interface Round {
  /** Records that its loop has called since it was given the message; returns whether this is its first call. */
  readonly speak: () => boolean
  /** Whether its loop has read again, for certain. */
  readonly isOver: () => boolean
}

/**
 * The loops that read from one queue, as far as their calls show: which of them calls is not known. Each waits for a
 * message, or is away with one, and is silent then until it answers. There are at least as many as have ever waited or
 * been silent at the same time. When that many wait, none is away: the rounds of all earlier messages are over.
 */
export class Loops {
  #waiting = 0
  #silent = 0
  #most = 0
  #mostWaiting = 0
  #gatherings = 0

  /** How many of the known loops do not wait for a message. */
  get away(): number {
    return this.#mostWaiting - this.#waiting
  }

  /** Records that a loop begins to wait for a message. */
  wait(): void {
    this.#waiting++
    this.#mostWaiting = Math.max(this.#mostWaiting, this.#waiting)
    this.#most = Math.max(this.#most, this.#waiting + this.#silent)
    this.#gather()
  }

  /** Records that a loop waits no more: it has a message, or its read was aborted. */
  waited(): void {
    this.#waiting--
  }

  /** Begins the round of a loop that is given a message. */
  begin(): Round {
    this.#silent++
    let isSilent = true
    const since = this.#gatherings
    return {
      speak: () => {
        if (!isSilent) return false
        isSilent = false
        this.#silent--
        return true
      },
      isOver: () => this.#gatherings > since,
    }
  }

  /** Records that one of those that are away has ended. */
  end(): void {
    this.#most--
    this.#gather()
  }

  #gather(): void {
    if (this.#waiting === this.#most) this.#gatherings++
  }
}
