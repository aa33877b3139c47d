const remembered = 10_000

/** How often something is still to come, by id. Of more than 10,000 ids the one that was counted longest ago is forgotten. */
export class RecentCounts {
  readonly #counts = new Map<string, number>()

  /** Whether it is still to come for `id`. */
  has(id: string): boolean {
    return this.#counts.has(id)
  }

  /** Counts one more. */
  add(id: string): void {
    const count = this.#counts.get(id) ?? 0
    // Anew: the ids stand in the order in which they were counted last.
    this.#counts.delete(id)
    this.#counts.set(id, count + 1)
    if (this.#counts.size > remembered) this.#counts.delete(this.#counts.keys().next().value!)
  }

  /** Counts one less; returns whether there was one. */
  take(id: string): boolean {
    const count = this.#counts.get(id) ?? 0
    if (count > 1) this.#counts.set(id, count - 1)
    else this.#counts.delete(id)
    return count > 0
  }
}
