/** Items in a fixed order. For some ten thousand: adding or removing one moves the rest. */
export class SortedList<Item> {
  readonly #items: Item[] = []
  readonly #compare: (a: Item, b: Item) => number

  constructor(compare: (a: Item, b: Item) => number) {
    this.#compare = compare
  }

  /** All items, in their order. */
  get all(): readonly Item[] {
    return this.#items
  }

  get first(): Item | undefined {
    return this.#items[0]
  }

  add(item: Item): void {
    this.#items.splice(this.#placeOf(item), 0, item)
  }

  remove(item: Item): void {
    const at = this.#placeOf(item)
    if (this.#items[at] === item) this.#items.splice(at, 1)
  }

  /** Where `item` is, or belongs. */
  #placeOf(item: Item): number {
    let [from, to] = [0, this.#items.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (this.#compare(this.#items[middle]!, item) < 0) from = middle + 1
      else to = middle
    }
    return from
  }
}
