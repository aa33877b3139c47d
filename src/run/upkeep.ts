/** Something that is done as long as any part of this process works on a workflow or serves it. */
interface Chore {
  /** Does it until the function that is returned is called. */
  begin(): () => void
}

/** What is done beside the work of a workflow, while anything works on it or serves it in this process. */
export class Upkeep implements Chore {
  readonly #chores: readonly Chore[]
  #users = 0
  #ends: readonly (() => void)[] = []

  constructor(chores: readonly Chore[]) {
    this.#chores = chores
  }

  /** Does all of it until the functions that are returned have been called, by all that have begun. */
  begin(): () => void {
    if (this.#users++ === 0) this.#ends = this.#chores.map((chore) => chore.begin())
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      if (--this.#users === 0) for (const end of this.#ends) end()
    }
  }
}
