import { keepContext } from './keep-context.ts'

type Listener = (queue?: string) => void

/** Those who watch a backend. */
export class Listeners {
  readonly #all = new Set<Listener>()

  get isEmpty(): boolean {
    return this.#all.size === 0
  }

  /** Adds one, which is called in the context that it is added in; the function that is returned takes it away. */
  add(listener: Listener): () => void {
    // A new function each time, so that a listener that is added twice is called twice.
    const own = keepContext(listener)
    this.#all.add(own)
    return () => this.#all.delete(own)
  }

  /** Calls all of them, with a queue or without one. */
  call(queue?: string): void {
    for (const listener of [...this.#all]) {
      try {
        listener(queue)
      } catch (error) {
        // It must not spoil the transaction in which it may be called: the error surfaces by itself, as in an emitter.
        process.nextTick(() => {
          throw error
        })
      }
    }
  }

  clear(): void {
    this.#all.clear()
  }
}
