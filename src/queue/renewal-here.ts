import type { Clock } from './clock.ts'
import type { Gone, HeldLeases } from './held-leases.ts'
import { keepContext } from './keep-context.ts'

/** What `RenewalHere` needs. */
export interface RenewalParts {
  readonly clock: Clock
  readonly leases: HeldLeases
  /** Renews all leases from this thread, and says which are gone. */
  readonly renew: () => Promise<readonly Gone[]>
  readonly warn: (message: string) => void
}

/** Renews all held leases from this thread, again and again: the fallback where the keeper's thread cannot. */
export class RenewalHere {
  readonly #parts: RenewalParts
  readonly #beat: (everyMs: number) => void
  #stop: (() => void) | undefined
  #closed = false

  constructor(parts: RenewalParts) {
    this.#parts = parts
    this.#beat = keepContext((everyMs: number) => this.#beatEvery(everyMs))
  }

  /** Renews every `everyMs` milliseconds from now on, unless it does so already. */
  start(everyMs: number): void {
    if (!this.#stop && !this.#closed) this.#beat(everyMs)
  }

  /** If it renews: from now on every `everyMs` milliseconds. */
  quicken(everyMs: number): void {
    if (!this.#stop) return
    this.stop()
    this.start(everyMs)
  }

  /** Renews no more until it is started again. */
  stop(): void {
    this.#stop?.()
    this.#stop = undefined
  }

  /** Renews no more, and does not report the renewal that is under way. */
  close(): void {
    this.#closed = true
    this.stop()
  }

  /** Renews all leases now, and reports those that are gone as lost. */
  async once(): Promise<void> {
    const { leases, renew, warn } = this.#parts
    if (leases.isEmpty) return
    try {
      leases.reportLost(await renew())
    } catch (error) {
      if (!this.#closed) warn(`Leases could not be renewed: ${(error as Error).message}`)
    }
  }

  #beatEvery(everyMs: number): void {
    const beat = () => {
      this.#stop = this.#parts.clock.after(everyMs, beat)
      void this.once()
    }
    this.#stop = this.#parts.clock.after(everyMs, beat)
  }
}
