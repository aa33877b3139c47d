/** Whether statements of this process are transactions of an isolation in which no plain turn can be done, as the role has it. */
export class Isolation {
  readonly #warn: (message: string) => void
  readonly #where: string
  #isOther = false

  constructor(where: string, warn: (message: string) => void) {
    this.#where = where
    this.#warn = warn
  }

  get isOther(): boolean {
    return this.#isOther
  }

  /** Records that it was found. */
  found(): void {
    if (this.#isOther) return
    this.#isOther = true
    this.#warn(
      `The role that uses the database ${this.#where} has a default_transaction_isolation other than "read committed", so that each hop takes more statements; set it for that role by "alter role".`,
    )
  }
}
