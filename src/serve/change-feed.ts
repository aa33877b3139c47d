import { randomUUID } from 'node:crypto'
import type { Backend } from '../queue/backend.ts'
import { keepContext } from '../queue/keep-context.ts'

/** Where a listener far away has stopped hearing. */
export interface FeedPosition {
  readonly feed?: string | undefined
  readonly after?: number | undefined
}

/** What it has missed: these queues; any of them, where `queues` is null. `feed` and `after` are for the next time. */
export interface FeedAnswer {
  readonly feed: string
  readonly after: number
  readonly queues: readonly string[] | null
}

const lingerMs = 30_000

/**
 * What `watch` says, for those who ask again and again. Every call of the backend's watcher has a number; whoever
 * asks says the last one it knows, and is answered when there is a later one, or when it has waited for `holdMs`.
 * So nothing is missed between two questions. The backend is watched only while somebody asks, and half a minute
 * longer; then, and when the server was started anew, the feed has another name, and whoever asks under the old
 * one is told that anything may have happened.
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

  /** Answers when there is something later than `position`, after `holdMs`, or when `hungUp` or `close` says so. */
  async ask(position: FeedPosition, hungUp: AbortSignal): Promise<FeedAnswer> {
    this.#watch()
    if (!this.#isClosed && !hungUp.aborted && this.#since(position)?.length === 0) await this.#next(hungUp)
    return { feed: this.#feed, after: this.#last, queues: this.#since(position) }
  }

  /** Answers everybody who waits, and watches no longer. */
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
    this.#unwatch = this.#backend.watch((queue) => this.#hear(queue))
  }

  #rest(): void {
    clearTimeout(this.#lingering)
    this.#unwatch?.()
    this.#unwatch = undefined
  }

  #hear(queue: string | undefined): void {
    this.#last++
    if (queue === undefined) this.#lastOfAny = this.#last
    else this.#lastByQueue.set(queue, this.#last)
    for (const answer of [...this.#asking]) answer()
  }
}
