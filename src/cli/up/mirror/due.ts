import type { Touched } from './touched.ts'

/** Tokens that become ready at a time, which no line of the history says. */
export class Due {
  /** By the second. */
  readonly #bySecond = new Map<number, Map<string, string>>()
  #next = Number.POSITIVE_INFINITY

  /** The token `id` is in `queue` and becomes ready at `dueAt`, in milliseconds since 1970. */
  add(id: string, queue: string, dueAt: number): void {
    const second = Math.ceil(dueAt / 1000)
    const ids = this.#bySecond.get(second)
    if (ids) ids.set(id, queue)
    else this.#bySecond.set(second, new Map([[id, queue]]))
    this.#next = Math.min(this.#next, second)
  }

  /** Adds those to `touched` that are ready at `now`. */
  look(now: number, touched: Touched): void {
    if (now < this.#next * 1000) return
    this.#next = Number.POSITIVE_INFINITY
    for (const [second, ids] of this.#bySecond) {
      if (second * 1000 > now) {
        this.#next = Math.min(this.#next, second)
        continue
      }
      for (const [id, queue] of ids) touched.lookAfter(id, queue)
      this.#bySecond.delete(second)
    }
  }
}
