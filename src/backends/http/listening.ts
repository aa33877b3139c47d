import type { Clock } from '../../queue/clock.ts'
import { keepContext } from '../../queue/keep-context.ts'
import type { Wire } from './wire.ts'

type Listener = (queue?: string) => void

interface Answer {
  readonly feed: string
  readonly after: number
  readonly queues: readonly string[] | null
}

const firstPauseMs = 100
const longestPauseMs = 10_000
const longestPollMs = 60_000

/**
 * One long poll for all listeners, open only while there are any. Each answer says where the next poll goes on, so that
 * nothing is missed in between; after a failure the poll pauses, longer each time. A server that has been restarted does
 * not know the feed and answers that anything may have happened.
 */
export class Listening {
  readonly #wire: Wire
  readonly #clock: Clock
  readonly #start: (stopped: AbortSignal) => Promise<void>
  readonly #listeners = new Map<symbol, Listener>()
  #stop: AbortController | undefined
  /** The last position in the feed; kept while there is no listener, so that the next poll waits for news. */
  #position: Pick<Answer, 'feed' | 'after'> | undefined
  #closed = false

  constructor(wire: Wire, clock: Clock) {
    this.#wire = wire
    this.#clock = clock
    this.#start = keepContext((stopped) => this.#poll(stopped))
  }

  add(listener: Listener): () => void {
    if (this.#closed) return () => {}
    const key = Symbol()
    this.#listeners.set(key, keepContext(listener))
    if (!this.#stop) {
      this.#stop = new AbortController()
      void this.#start(this.#stop.signal)
    }
    return () => {
      this.#listeners.delete(key)
      if (!this.#listeners.size) this.#rest()
    }
  }

  /** Calls every listener once more. */
  close(): void {
    this.#closed = true
    this.#notify(undefined)
    this.#listeners.clear()
    this.#rest()
  }

  #rest(): void {
    this.#stop?.abort()
    this.#stop = undefined
  }

  async #poll(stopped: AbortSignal): Promise<void> {
    let failures = 0
    while (!stopped.aborted) {
      try {
        const { feed, after, queues } = await this.#ask(this.#position ?? {}, stopped)
        if (stopped.aborted) return
        for (const queue of queues ?? [undefined]) this.#notify(queue)
        this.#position = { feed, after }
        failures = 0
      } catch {
        await this.#pause(failures++, stopped)
      }
    }
  }

  async #ask(position: object, stopped: AbortSignal): Promise<Answer> {
    const call = new AbortController()
    const abort = () => call.abort()
    const timer = setTimeout(abort, longestPollMs).unref()
    stopped.addEventListener('abort', abort)
    try {
      return await this.#wire.listen<Answer>('watch', position, call.signal)
    } finally {
      clearTimeout(timer)
      stopped.removeEventListener('abort', abort)
    }
  }

  #notify(queue: string | undefined): void {
    for (const listener of [...this.#listeners.values()]) {
      try {
        listener(queue)
      } catch (error) {
        // The listener's error, no reason to stop listening: it surfaces as an uncaught error.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  #pause(failures: number, stopped: AbortSignal): Promise<void> {
    const longestMs = Math.min(longestPauseMs, firstPauseMs * 2 ** failures)
    return new Promise((resolve) => {
      if (stopped.aborted) return resolve()
      const cancel = this.#clock.after(longestMs * (0.5 + Math.random() / 2), end)
      stopped.addEventListener('abort', end)
      function end() {
        cancel()
        stopped.removeEventListener('abort', end)
        resolve()
      }
    })
  }
}
