import type { Leased } from '../../../queue/rows.ts'
import { tokenOf } from '../tables/row.ts'

/** Those that are not answered in a hop, such as claims of people, are forgotten when there are so many. */
const most = 100_000

/** The numbers of the tokens that this process has leased: who has a lease kept, or answers it, names its token by the id. */
export class HeldTokens {
  readonly #byId = new Map<string, number>()

  /** Remembers what a lease from a queue of `workflow` has given. */
  learn(workflow: string, rows: readonly Leased[]): void {
    for (const row of rows) {
      const token = tokenOf(row)
      if (token !== undefined) this.#byId.set(keyOf(workflow, row.id), token)
    }
    for (const key of this.#byId.keys()) {
      if (this.#byId.size <= most) return
      this.#byId.delete(key)
    }
  }

  /** The number of a token; undefined if it was not leased here, or long ago. */
  of(workflow: string, id: string): number | undefined {
    return this.#byId.get(keyOf(workflow, id))
  }

  /** Forgets a token that was answered. */
  forget(workflow: string, id: string): void {
    this.#byId.delete(keyOf(workflow, id))
  }
}

function keyOf(workflow: string, id: string): string {
  return `${workflow}\0${id}`
}
