import type { Hold } from '../lease/hold.ts'
import { onAbort } from '../on-abort.ts'
import type { Runtime } from '../runtime.ts'
import { stayAlive } from '../stay-alive.ts'

/** A message that was leased for a reader. */
export interface Taken {
  readonly hold: Hold
  /** Called when the reader has answered it or lost it, so that its lease is no longer renewed. */
  readonly over: () => void
}

/**
 * A read that has found nothing. Until it `end`s it is woken when something may have come into its queue, when ordinary
 * work may begin again, and when its signal aborts; while it waits it may be given a message.
 */
export class WaitingRead {
  #isWoken = false
  #resolve: (taken: Taken | undefined) => void = () => {}
  readonly #undo: (() => void)[] = []

  constructor({ backend, solo }: Runtime, queue: string, signal: AbortSignal | undefined) {
    const wake = () => this.wake()
    this.#undo.push(
      backend.watch((changed) => (changed === undefined || changed === queue) && wake()),
      solo.onOpen(wake),
      // A reader that waits for a message keeps its process alive.
      stayAlive(),
      signal ? onAbort(signal, wake) : () => {},
    )
  }

  /** Whether it was woken since the last `listen`. */
  get isWoken(): boolean {
    return this.#isWoken
  }

  /** Listens anew; resolves with what it was given, or with nothing when it should look again. */
  listen(): Promise<Taken | undefined> {
    this.#isWoken = false
    return new Promise((resolve) => (this.#resolve = resolve))
  }

  wake(taken?: Taken): void {
    this.#isWoken = true
    this.#resolve(taken)
  }

  end(): void {
    for (const undo of this.#undo) undo()
  }
}
