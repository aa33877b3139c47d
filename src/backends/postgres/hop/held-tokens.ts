/** So many are remembered at most. */
const most = 100_000

/** The numbers of the tokens that this process has leased: a hop names its token by the id. */
export class HeldTokens {
  readonly #byId = new Map<string, number>()

  learn(workflow: string, id: string, token: number): void {
    if (this.#byId.size >= most) this.#byId.clear()
    this.#byId.set(`${workflow}\0${id}`, token)
  }

  /** The number of a token; undefined if it was not leased here, or long ago. */
  of(workflow: string, id: string): number | undefined {
    return this.#byId.get(`${workflow}\0${id}`)
  }

  forget(workflow: string, id: string): void {
    this.#byId.delete(`${workflow}\0${id}`)
  }
}
