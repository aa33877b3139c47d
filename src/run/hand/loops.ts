/** What a loop does between two reads: from the message that it was given until it reads again. */
export interface Round {
  /** Tells that its loop has been heard of since it was given the message; returns whether that is news. */
  readonly heard: () => boolean
  /** Whether its loop has read again, for certain. */
  readonly isOver: () => boolean
}

/**
 * The loops that read from one queue, as far as can be seen: which of them calls cannot be told. Each waits for a
 * message, or is away with one, and is silent then until it answers. There are at least as many as have ever waited and
 * been silent at once. When so many wait, none is away: what any of them was given before is over.
 */
export class Loops {
  #waiting = 0
  #silent = 0
  #most = 0
  #mostWaiting = 0
  #gatherings = 0

  /** How many of those that have waited at once do not wait for a message. */
  get away(): number {
    return this.#mostWaiting - this.#waiting
  }

  /** Tells that a loop begins to wait for a message. */
  wait(): void {
    this.#waiting++
    this.#mostWaiting = Math.max(this.#mostWaiting, this.#waiting)
    this.#most = Math.max(this.#most, this.#waiting + this.#silent)
    this.#gather()
  }

  /** Tells that a loop waits no more: it has a message, or was called off. */
  waited(): void {
    this.#waiting--
  }

  /** Begins the round of a loop that is given a message. */
  begin(): Round {
    this.#silent++
    let isSilent = true
    const since = this.#gatherings
    return {
      heard: () => {
        if (!isSilent) return false
        isSilent = false
        this.#silent--
        return true
      },
      isOver: () => this.#gatherings > since,
    }
  }

  /** Tells that one of those that are away has ended. */
  end(): void {
    this.#most--
    this.#gather()
  }

  #gather(): void {
    if (this.#waiting === this.#most) this.#gatherings++
  }
}
