import { isClosedError } from '../../queue/errors.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import type { MaybePromise } from '../../schema/schema.ts'
import type { Hold } from '../lease/hold.ts'
import { workRequest } from '../lease/lease-request.ts'
import type { Runtime } from '../runtime.ts'
import type { Work } from './work.ts'

// Retry soon the first time: a corrupt row may have been buried meanwhile.
const leaseSoonMs = 100
const leaseAgainMs = 1000

/** What an intake needs of the loop that it leases for. */
export interface IntakeParts {
  readonly work: Work<any, any>
  readonly runtime: Runtime
  /** How many slots are free. */
  readonly freeSlots: () => number
  /** Works on what was leased for one slot. */
  readonly start: (holds: readonly Hold[]) => void
  /** Called after each answer of the backend. */
  readonly answered: () => void
  /** Called when the backend is found to be closed: nothing can come from it any more. */
  readonly closed: () => void
}

/**
 * Leases messages for the free slots of a loop, whenever ordinary work may start, as many as fit, with one request
 * under way at a time. When nothing can be leased it watches the backend; a notification during a request makes it ask
 * again.
 */
export class Intake {
  readonly #parts: IntakeParts
  #leasing = false
  #hasAsked = false
  #hasFailed = false
  #fillPlanned = false
  /** Whether something may have come since the request that is under way, or was the last. */
  #woken = false
  #stopped = false
  #unwatch: (() => void) | undefined
  readonly #unopen: () => void

  constructor(parts: IntakeParts) {
    this.#parts = parts
    this.#unopen = parts.runtime.solo.onOpen(() => this.fillSoon())
  }

  /** Whether an answer is awaited that may bring messages. */
  get leasing(): boolean {
    return this.#leasing
  }

  /** Whether it has asked for messages since this was asked last. */
  hasAsked(): boolean {
    const has = this.#hasAsked
    this.#hasAsked = false
    return has
  }

  /** Leases nothing more. */
  stop(): void {
    this.#stopped = true
    this.#unopen()
    this.#unwatch?.()
  }

  /** Fills the slots after everything that is settled by now has been: one request for all that are free. */
  fillSoon(): void {
    if (this.#fillPlanned) return
    this.#fillPlanned = true
    process.nextTick(() => {
      this.#fillPlanned = false
      this.fill()
    })
  }

  /** Requests as many messages as fit, if any do and no request is under way. */
  fill(): void {
    const { freeSlots, runtime, work } = this.#parts
    const { keeper, owner, solo } = runtime
    const { process, queue } = work
    const limit = freeSlots() * process.size
    if (this.#leasing || limit <= 0 || this.#stopped || !solo.mayAsk()) return
    this.#leasing = true
    this.#hasAsked = true
    this.#woken = false
    keeper
      .lease(queue, { ...workRequest(work, owner), limit, suspects: 'exclude' })
      .then(
        (holds) => this.#leased(holds),
        (error: Error) => this.#failed(error),
      )
      .finally(() => solo.end())
  }

  // A value that is there at once is not awaited: each await costs a hop a turn of the microtask queue.
  #leased(holds: readonly Hold[]): MaybePromise<void> {
    this.#hasFailed = false
    const joining = holds.length > 0 ? this.#parts.runtime.solo.join() : undefined
    return joining ? joining.then(() => this.#start(holds)) : this.#start(holds)
  }

  #start(holds: readonly Hold[]): void {
    const { answered, runtime, start, work } = this.#parts
    this.#leasing = false
    if (holds.length > 0) {
      this.#unwatch?.()
      this.#unwatch = undefined
      const { size } = work.process
      for (let i = 0; i < holds.length; i += size) start(holds.slice(i, i + size))
      this.fillSoon()
    } else if (!this.#stopped && (!this.#unwatch || this.#woken)) {
      this.#unwatch ??= runtime.backend.watch((changed) => this.#wake(changed))
      // Something may have come between the look and the watch.
      this.fill()
    }
    answered()
  }

  #wake(changed: string | undefined): void {
    if (changed !== undefined && changed !== this.#parts.work.queue) return
    this.#woken = true
    this.fill()
  }

  #failed(error: Error): void {
    const { answered, closed, runtime, work } = this.#parts
    this.#leasing = false
    if (isClosedError(error) && !this.#stopped) {
      closed()
    } else if (!this.#stopped) {
      const details = { queue: work.queue, error: sayBriefly(error) }
      runtime.log.error('Nothing could be leased; trying again.', details)
      runtime.clock.after(this.#hasFailed ? leaseAgainMs : leaseSoonMs, () => this.fill())
      this.#hasFailed = true
    }
    answered()
  }
}
