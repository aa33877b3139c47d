/** What a `Bag` can hold. */
export interface Placed {
  /** Where it is in its bag; the bag writes it. */
  place: number
}

/**
 * An unordered set of things that come and go at every hop. An outgrown hash table of a `Set` stays linked to the next:
 * once one is old, minor garbage collections keep all that came after it, which cost more than a tenth of a hop.
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

  /** Visits what is in it now; things may come and go meanwhile. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#all.slice().values()
  }
}
