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

/** A request that is under way. */
interface Asked {
  readonly limit: number
  /** What ends the watch that was kept when it was made, and how often that had rung. */
  readonly unwatch: (() => void) | undefined
  readonly rings: number
}

/**
 * Leases messages for the free slots of a loop, whenever ordinary work may start, as many as fit, with one request
 * under way at a time, or with as many as the backend has turns while it has plenty. When nothing can be leased it watches the
 * backend; a notification during a request makes it ask again.
 */
export class Intake {
  readonly #parts: IntakeParts
  /** How many requests are under way, and for how many messages. */
  #asking = 0
  #asked = 0
  /** Whether the last answer was all that was asked for. */
  #wasFull = false
  #hasFailed = false
  #fillPlanned = false
  #rings = 0
  #stopped = false
  #unwatch: (() => void) | undefined
  readonly #unopen: () => void

  constructor(parts: IntakeParts) {
    this.#parts = parts
    this.#unopen = parts.runtime.solo.onOpen(() => this.fillSoon())
  }

  /** Whether an answer is awaited that may bring messages. */
  get leasing(): boolean {
    return this.#asking > 0
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
    const { backend, keeper, owner, solo } = runtime
    const { concurrency, process, queue } = work
    const { turnsAtOnce = 1 } = backend
    const limit = Math.min(
      freeSlots() * process.size - this.#asked,
      Math.ceil(concurrency / turnsAtOnce) * process.size,
    )
    if (this.#asking >= (this.#wasFull ? turnsAtOnce : 1) || limit <= 0) return
    if (this.#stopped || !solo.mayAsk()) return
    this.#asking++
    this.#asked += limit
    const asked = { limit, unwatch: this.#unwatch, rings: this.#rings }
    keeper
      .lease(queue, { ...workRequest(work, owner), limit, suspects: 'exclude' })
      .then(
        (holds) => this.#leased(asked, holds),
        (error: Error) => this.#failed(asked, error),
      )
      .finally(() => solo.end())
  }

  // A value that is there at once is not awaited: each await costs a hop a turn of the microtask queue.
  #leased(asked: Asked, holds: readonly Hold[]): MaybePromise<void> {
    this.#hasFailed = false
    const joining = holds.length > 0 ? this.#parts.runtime.solo.join() : undefined
    return joining ? joining.then(() => this.#start(asked, holds)) : this.#start(asked, holds)
  }

  #start(asked: Asked, holds: readonly Hold[]): void {
    const { answered, runtime, start, work } = this.#parts
    this.#over(asked)
    this.#wasFull = holds.length === asked.limit
    if (holds.length > 0) {
      this.#unwatch?.()
      this.#unwatch = undefined
      const { size } = work.process
      for (let i = 0; i < holds.length; i += size) start(holds.slice(i, i + size))
      this.fillSoon()
    } else if (!this.#stopped && this.#mayHaveMissed(asked)) {
      this.#unwatch ??= runtime.backend.watch((changed) => this.#wake(changed))
      this.fill()
    }
    answered()
  }

  // Whether something may have come since its look of which no watch has told.
  #mayHaveMissed({ unwatch, rings }: Asked): boolean {
    return !this.#unwatch || this.#unwatch !== unwatch || this.#rings !== rings
  }

  #over({ limit }: Asked): void {
    this.#asking--
    this.#asked -= limit
  }

  #wake(changed: string | undefined): void {
    if (changed !== undefined && changed !== this.#parts.work.queue) return
    this.#rings++
    this.fill()
  }

  #failed(asked: Asked, error: Error): void {
    const { answered, closed, runtime, work } = this.#parts
    this.#over(asked)
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
