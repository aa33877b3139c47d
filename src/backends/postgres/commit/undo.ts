/** What takes back the changes of one request, if that is refused: those of the others in its transaction stay. */
export class Undo {
  #steps: (() => void)[] = []

  /** Remembers how to take a change back. */
  add(step: () => void): void {
    this.#steps.push(step)
  }

  /** Keeps all changes so far. */
  keep(): void {
    this.#steps = []
  }

  /** How far it has got: what comes later can be taken back alone. */
  get mark(): number {
    return this.#steps.length
  }

  /** Takes back what was changed since a mark; without one all changes that were not kept. */
  back(mark = 0): void {
    for (const step of this.#steps.splice(mark).reverse()) step()
  }

  /** Sets an entry of a map. */
  set<K, V>(map: Map<K, V>, key: K, value: V): void {
    const had = map.has(key)
    const before = map.get(key)
    map.set(key, value)
    this.add(() => (had ? map.set(key, before as V) : map.delete(key)))
  }

  /** Adds to the end of a list. */
  push<V>(list: V[], value: V): void {
    list.push(value)
    this.add(() => list.pop())
  }
}
