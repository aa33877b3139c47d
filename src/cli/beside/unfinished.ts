import type { FedAgain } from '../../app/feed.ts'
import type { Backend } from '../../queue/backend.ts'

/** Tokens that are to enter again, and have not finished: what is done with them, and what a person has on the desk, is not taken away. */
export class Unfinished {
  readonly #backend: Pick<Backend, 'journey'>
  readonly #workflow: string
  readonly #ids = new Set<string>()

  constructor(backend: Pick<Backend, 'journey'>, workflow: string) {
    this.#backend = backend
    this.#workflow = workflow
  }

  /** How many there have been. */
  get size(): number {
    return this.#ids.size
  }

  /** Those of `ids` that may enter. */
  async without(ids: readonly (string | FedAgain)[]): Promise<readonly (string | FedAgain)[]> {
    const may: (string | FedAgain)[] = []
    for (const one of ids) if (typeof one === 'string' || !(await this.#has(one.id))) may.push(one)
    return may
  }

  async #has(id: string): Promise<boolean> {
    if (this.#ids.has(id)) return true
    const journey = await this.#backend.journey(this.#workflow, id, { limit: 1 })
    if (!journey || journey.finishedAt !== undefined) return false
    this.#ids.add(id)
    return true
  }
}
