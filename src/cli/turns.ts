/** Things that are done one at a time, in the order in which they are asked for, also when one before has failed. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** Does `act` when its turn comes, and settles as that does. */
  take<T>(act: () => T | PromiseLike<T>): Promise<T> {
    const done = this.#last.then(act)
    this.#last = done.catch(() => {})
    return done
  }

  /** Resolves when all that was asked for has settled. */
  async over(): Promise<void> {
    await this.#last
  }
}
