import type { Fence } from '../../queue/change.ts'
import { fenceOf } from '../../queue/plan.ts'
import type { Leased } from '../../queue/rows.ts'
import type { Placed } from './bag.ts'

/** A message that is leased here, with its lease, which the keeper renews until it is dropped. */
export class Hold implements Placed {
  place = -1
  readonly row: Leased
  readonly fence: Fence
  /** When the lease was requested, in elapsed milliseconds; it was given later. */
  readonly askedAt: number
  /** Stops the renewal by the backend. */
  release: (() => void) | undefined
  #isLost = false
  #listener: (() => void) | undefined

  constructor(queue: string, row: Leased, askedAt: number) {
    this.row = row
    this.askedAt = askedAt
    this.fence = fenceOf(queue, row)
  }

  /** Whether the lease was found to be gone before it was dropped. */
  get isLost(): boolean {
    return this.#isLost
  }

  /** Calls `listener` once when the lease is found to be gone: at once, if it was already. */
  onLost(listener: () => void): void {
    this.#listener = listener
    if (this.#isLost) listener()
  }

  /** Records that the lease is gone; for the keeper. */
  lose(): void {
    this.#isLost = true
    this.#listener?.()
  }
}
