/** What a `Bag` can hold. */
export interface Placed {
  /** Where it is in its bag; the bag writes it. */
  place: number
}

/**
 * An unordered set of things that come and go at every hop. The tables that a `Set` outgrows refer to the next one:
 * once one of them is old, everything that came after it looks alive to the quick garbage collections, which cost
 * more than a tenth of a hop.
 */
export class Bag<T extends Placed> {
  readonly #all: T[] = []

  get size(): number {
    return this.#all.length
  }

  add(thing: T): void {
    thing.place = this.#all.length
    this.#all.push(thing)
  }

  has(thing: T): boolean {
    return this.#all[thing.place] === thing
  }

  /** Takes a thing out, if it is in. */
  delete(thing: T): void {
    if (!this.has(thing)) return
    const last = this.#all.pop()!
    if (last === thing) return
    this.#all[thing.place] = last
    last.place = thing.place
  }

  /** Goes through what is in it now; things may come and go meanwhile. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#all.slice().values()
  }
}
