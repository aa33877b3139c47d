import { randomUUID } from 'node:crypto'
import type { Backend } from '../queue/backend.ts'
import { keepContext } from '../queue/keep-context.ts'

/** The last position in the feed that a remote listener knows. */
export interface FeedPosition {
  readonly feed?: string | undefined
  readonly after?: number | undefined
}

/** What it has missed: these queues; any queue, where `queues` is null. `feed` and `after` are its next position. */
export interface FeedAnswer {
  readonly feed: string
  readonly after: number
  readonly queues: readonly string[] | null
}

const lingerMs = 30_000

/**
 * `watch` for clients that poll. Every call of the backend's watcher has a number; a client sends the last one it knows,
 * and is answered when there is a later one, or when it has waited for `holdMs`. So it misses nothing between two polls.
 * The backend is watched only while there are polls, and half a minute longer; after that, and after a restart of the
 * server, the feed has another name, and a client with the old name gets the answer that anything may have happened.
 */
export class ChangeFeed {
  readonly #backend: Backend
  readonly #holdMs: number
  readonly #watch: () => void
  readonly #asking = new Set<() => void>()
  readonly #lastByQueue = new Map<string, number>()
  #feed = ''
  #last = 0
  #lastOfAny = 0
  #unwatch: (() => void) | undefined
  #lingering: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(backend: Backend, holdMs: number) {
    this.#backend = backend
    this.#holdMs = holdMs
    this.#watch = keepContext(() => this.#watchHere())
  }

  /** Answers when there is something later than `position`, after `holdMs`, when `hungUp` aborts, or at `close`. */
  async ask(position: FeedPosition, hungUp: AbortSignal): Promise<FeedAnswer> {
    this.#watch()
    if (!this.#isClosed && !hungUp.aborted && this.#since(position)?.length === 0) await this.#next(hungUp)
    return { feed: this.#feed, after: this.#last, queues: this.#since(position) }
  }

  /** Answers all waiting polls, and watches no longer. */
  close(): void {
    this.#isClosed = true
    this.#rest()
    for (const answer of [...this.#asking]) answer()
  }

  #since({ feed, after = 0 }: FeedPosition): readonly string[] | null {
    if (feed !== this.#feed || after > this.#last || this.#lastOfAny > after) return null
    return [...this.#lastByQueue].filter(([, number]) => number > after).map(([queue]) => queue)
  }

  #next(hungUp: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const answer = () => {
        this.#asking.delete(answer)
        clearTimeout(timer)
        hungUp.removeEventListener('abort', answer)
        resolve()
      }
      const timer = setTimeout(answer, this.#holdMs).unref()
      hungUp.addEventListener('abort', answer)
      this.#asking.add(answer)
    })
  }

  #watchHere(): void {
    if (this.#isClosed) return
    clearTimeout(this.#lingering)
    this.#lingering = setTimeout(() => this.#rest(), this.#holdMs + lingerMs).unref()
    if (this.#unwatch) return
    this.#feed = randomUUID()
    this.#lastByQueue.clear()
    this.#unwatch = this.#backend.watch((queue) => this.#add(queue))
  }

  #rest(): void {
    clearTimeout(this.#lingering)
    this.#unwatch?.()
    this.#unwatch = undefined
  }

  #add(queue: string | undefined): void {
    this.#last++
    if (queue === undefined) this.#lastOfAny = this.#last
    else this.#lastByQueue.set(queue, this.#last)
    for (const answer of [...this.#asking]) answer()
  }
}
