import type { Hold } from './hold.ts'
import { onAbort } from './on-abort.ts'
import type { Runtime } from './runtime.ts'
import { stayAlive } from './stay-alive.ts'

/** A message that was leased for a reader. */
export interface Taken {
  readonly hold: Hold
  /** Tells that it has left the reader's hand: its lease is watched over no more. */
  readonly over: () => void
}

/** A read that waits until something may have come into its queue, it is given something, or its signal aborts. */
export class WaitingRead {
  /** Resolves with what it was given, or with nothing when it should look again. */
  readonly woken: Promise<Taken | undefined>
  #isWoken = false
  #resolve: (taken: Taken | undefined) => void = () => {}
  readonly #undo: (() => void)[] = []

  constructor({ backend, solo }: Runtime, queue: string, signal: AbortSignal | undefined) {
    this.woken = new Promise((resolve) => (this.#resolve = resolve))
    const wake = () => this.wake()
    this.#undo.push(
      backend.watch((changed) => (changed === undefined || changed === queue) && wake()),
      solo.onOpen(wake),
      // A reader that waits for a message keeps its process alive.
      stayAlive(),
      signal ? onAbort(signal, wake) : () => {},
    )
  }

  get isWoken(): boolean {
    return this.#isWoken
  }

  wake(taken?: Taken): void {
    this.#isWoken = true
    this.#resolve(taken)
  }

  end(): void {
    for (const undo of this.#undo) undo()
  }
}
