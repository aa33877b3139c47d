import { AsyncResource } from 'node:async_hooks'

/** The places of one worker loop in which work goes on: how many are free, and which callers wait for one. */
export class Slots {
  readonly #concurrency: number
  #busy = 0
  #onFree: () => void = () => {}

  constructor(concurrency: number) {
    this.#concurrency = concurrency
  }

  get free(): number {
    return this.#concurrency - this.#busy
  }

  /** Takes a slot for `count` attempts that begin together; calls `over` when all of it is committed and has returned. */
  take(count: number, over: (() => void) | undefined): Slot {
    this.#busy++
    return new Slot(count, over, () => {
      this.#busy--
      this.wake()
    })
  }

  /** Resolves when a slot is free, or when the loop ends (`wake`). */
  async room(): Promise<void> {
    if (this.free <= 0) await new Promise<void>((resolve) => (this.#onFree = resolve))
  }

  /** Lets the callers that wait for a slot look again. */
  wake(): void {
    this.#onFree()
  }
}

/** One of the places in which work goes on; a batch has one for all its messages. Free as soon as all have ended. */
export class Slot {
  /** The async context of its work: what a handler enters is left behind with it. */
  readonly context = new AsyncResource('pipewright')
  readonly #over: (() => void) | undefined
  readonly #freed: () => void
  #working: number
  #unsettled: number
  #isPerforming = true

  constructor(count: number, over: (() => void) | undefined, freed: () => void) {
    this.#working = count
    this.#unsettled = count
    this.#over = over
    this.#freed = freed
  }

  /** Records that one of its attempts has ended; returns whether the slot is free now. */
  ended(): boolean {
    if (--this.#working > 0) return false
    this.#freed()
    return true
  }

  /** Records that the outcome of one of its attempts is committed. */
  settled(): void {
    this.#unsettled--
    this.#endIfOver()
  }

  /** Records that its function has returned: it may have gone on after its attempt had ended, and could still end the process. */
  returned(): void {
    this.#isPerforming = false
    this.#endIfOver()
  }

  #endIfOver(): void {
    if (this.#unsettled === 0 && !this.#isPerforming) this.#over?.()
  }
}
