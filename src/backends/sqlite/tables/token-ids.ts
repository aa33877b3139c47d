import type { TokenRows } from './token-rows.ts'

const maxRemembered = 10_000

/** The numbers of tokens that were leased here lately, by workflow and id, so that an answer need not look its token up. */
export class TokenIds {
  readonly #rows: () => TokenRows
  readonly #known = new Map<string, Map<string, number>>()
  /** What was learnt in the transaction that is open: it may yet be rolled back, and a number given to another token. */
  #learnt: (readonly [workflow: string, id: string, token: number])[] = []

  /** `rows` is called where a token has to be looked up in the table. */
  constructor(rows: () => TokenRows) {
    this.#rows = rows
  }

  /** The number of a token; undefined if the workflow does not know it. */
  of(workflow: string, id: string): number | undefined {
    return this.#known.get(workflow)?.get(id) ?? this.#rows().find(workflow, id)?.token
  }

  /** Remembers the number of a leased token once the transaction is committed. */
  learn(workflow: string, id: string, token: number): void {
    if (this.#known.get(workflow)?.get(id) !== token) this.#learnt.push([workflow, id, token])
  }

  /** Keeps what was learnt in the transaction: it has been committed. */
  committed(): void {
    for (const [workflow, id, token] of this.#learnt) {
      const known = this.#known.get(workflow) ?? new Map<string, number>()
      this.#known.set(workflow, known)
      if (known.size >= maxRemembered) known.clear()
      known.set(id, token)
    }
    this.discard()
  }

  /** Forgets what was learnt in a transaction that is rolled back. */
  discard(): void {
    if (this.#learnt.length > 0) this.#learnt = []
  }
}
