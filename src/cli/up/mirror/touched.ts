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

  /** The token `id` is in `now`, or has left it, and came there from `before`. */
  add(id: string, now: string | undefined, before: string | undefined = now): void {
    const touch: Touch = this.#byId.get(id) ?? { now, were: new Set() }
    this.#byId.set(id, touch)
    touch.now = now
    for (const queue of [now, before]) if (queue !== undefined) touch.were.add(queue)
  }

  /** The token `id` was in `queue` when that was seen, and may have left it: what the history says of it counts. */
  lookAfter(id: string, queue: string): void {
    const known = this.#byId.get(id)
    if (known) known.were.add(queue)
    else this.add(id, undefined, queue)
  }

  /** All of them; none is left. */
  take(): ReadonlyMap<string, Touch> {
    const all = this.#byId
    this.#byId = new Map()
    return all
  }
}
