/** How many messages have come to a queue, and left it. */
export interface Totals {
  entered: number
  left: number
}

/** The totals of the queues that the model knows, by their present names. */
export class ModelTotals {
  readonly #all: Map<string, Totals>

  constructor(all: Iterable<readonly [string, Totals]> = []) {
    this.#all = new Map([...all].map(([queue, totals]) => [queue, { ...totals }]))
  }

  /** An independent copy. */
  copy(): ModelTotals {
    return new ModelTotals(this.#all)
  }

  toJSON(): unknown {
    return [...this.#all]
  }

  of(queue: string): Totals {
    const known = this.#all.get(queue)
    if (known) return known
    const totals = { entered: 0, left: 0 }
    this.#all.set(queue, totals)
    return totals
  }

  /** A queue has another name. */
  rename(queue: string, name: string): void {
    const totals = this.#all.get(queue)
    if (!totals || queue === name) return
    this.#all.delete(queue)
    this.#all.set(name, totals)
  }
}
