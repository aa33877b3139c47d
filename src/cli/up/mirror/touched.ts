/** Where a token may be now, and where its file may be. */
export interface Touch {
  /** Undefined where that is not known. */
  now: string | undefined
  /** The queues in whose folders it may be; `now` among them. */
  readonly were: Set<string>
}

/** Tokens whose files have to be looked after: however often one has moved since, once. */
export class Touched {
  #byId = new Map<string, Touch>()

  get size(): number {
    return this.#byId.size
  }

  /** The token `id` is in `now`, as the history says, and came there from `before`. */
  add(id: string, now: string, before: string): void {
    const touch = this.#touch(id)
    touch.now = now
    touch.were.add(now).add(before)
  }

  /** The token `id` was in `queue` when that was seen, and may have left it: what the history says of it counts. */
  lookAfter(id: string, queue: string): void {
    this.#touch(id).were.add(queue)
  }

  /** All of them; none is left. */
  take(): ReadonlyMap<string, Touch> {
    const all = this.#byId
    this.#byId = new Map()
    return all
  }

  #touch(id: string): Touch {
    const touch = this.#byId.get(id) ?? { now: undefined, were: new Set() }
    this.#byId.set(id, touch)
    return touch
  }
}
