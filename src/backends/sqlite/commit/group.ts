import type { Clock } from '../../../queue/clock.ts'
import type { Connection } from '../file/connection.ts'
import { maxBusyMs, sayFailure } from '../file/say-failure.ts'
import { isBusy } from '../file/sqlite-error.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { Metrics } from './metrics.ts'
import type { OpenTransaction } from './open-transaction.ts'
import { type Request, reply } from './request.ts'
import { Transaction } from './transaction.ts'

/*
 * Group commit. All requests of one turn of the event loop run in one transaction at its end, so that they share one
 * fsync, and are answered after COMMIT. A request that fails is rejected alone (see transaction.ts); an error of the
 * database itself (no space, I/O) rejects them all.
 *
 * When all have run, and before COMMIT, the watchers of the queues in which something became visible are called:
 * the lease request that an idle worker then makes joins the same transaction. That repeats until there are no new
 * requests, or the transaction has become large or old; the rest goes to the next turn.
 *
 * BUSY can occur at BEGIN IMMEDIATE and nowhere else; the whole group then waits for a moment and tries again.
 */

const maxRequests = 2000
const maxRunMs = 20

/** What a group calls in the rest of the backend. */
interface GroupListener {
  /** Something may have become visible in these queues; called before COMMIT. */
  visible(queues: ReadonlySet<QueueEntry>): void
  /** A transaction has been committed. */
  committed(): void
}

interface GroupParts {
  readonly db: Connection
  readonly open: OpenTransaction
  readonly clock: Clock
  readonly metrics: Metrics
  readonly listener: GroupListener
}

/** Runs requests in shared transactions. */
export class Group {
  readonly #parts: GroupParts
  readonly #transaction: Transaction
  #waiting: Request[] = []
  #scheduled = false
  #running = false
  #idle: (() => void)[] = []

  constructor(parts: GroupParts) {
    this.#parts = parts
    this.#transaction = new Transaction(parts.db, parts.open)
  }

  /** Whether a transaction is or will be run anyway, so that one more request costs no fsync of its own. */
  get busy(): boolean {
    return this.#running || this.#scheduled
  }

  /** Runs `work` in the transaction of this turn; settles after COMMIT. `work` is synchronous, and may run twice. */
  ask<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject, busySince: undefined, value: undefined, error: undefined })
      if (!this.#running) this.#schedule()
    })
  }

  /** Runs a transaction for what waits for one without having asked; not if the file is busy, or anything else is wrong. */
  runOnce(): void {
    try {
      this.#begin()
      this.#transaction.commit()
    } catch {
      this.#transaction.abandon()
    }
  }

  /** Resolves when all requests have been answered. */
  async idle(): Promise<void> {
    while (this.busy) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    const startedAt = performance.now()
    try {
      this.#begin()
    } catch (error) {
      this.#postpone(error, startedAt)
      return
    }
    this.#scheduled = false
    this.#running = true
    const requests: Request[] = []
    const failure = this.#transact(requests, startedAt)
    this.#running = false
    if (this.#waiting.length > 0) this.#schedule()
    this.#parts.metrics.add(performance.now() - startedAt)
    reply(requests, failure)
    if (failure === undefined) this.#parts.listener.committed()
    this.#wakeIdle()
  }

  #begin(): void {
    this.#transaction.begin(this.#parts.clock)
  }

  // Runs the group into `requests` and commits it. Returns the error with which all of them have to be rejected.
  #transact(requests: Request[], startedAt: number): unknown {
    try {
      for (let next = 0; ; ) {
        this.#collect(requests)
        if (this.#transaction.run(requests, next)) {
          next = requests.length
          this.#announce()
          const isFull = next >= maxRequests || performance.now() - startedAt > maxRunMs
          if (this.#waiting.length > 0 && !isFull) continue
          if (this.#transaction.commit()) return undefined
        }
        this.#transaction.rollBack()
        next = 0
        if (!this.#beginAgain(requests)) return undefined
      }
    } catch (error) {
      this.#transaction.abandon()
      return sayFailure(this.#parts.db.name, error)
    }
  }

  // Another process may get in between: then all of them wait for the next turn.
  #beginAgain(requests: Request[]): boolean {
    try {
      this.#begin()
      return true
    } catch (error) {
      if (!isBusy(error)) throw error
      this.#waiting.unshift(...requests.splice(0))
      return false
    }
  }

  #collect(requests: Request[]): void {
    const room = maxRequests - requests.length
    for (const request of this.#waiting.splice(0, Math.max(room, 0))) requests.push(request)
  }

  #announce(): void {
    const { visible } = this.#parts.open.news
    if (visible.size === 0) return
    const queues = new Set(visible)
    visible.clear()
    this.#parts.listener.visible(queues)
  }

  #postpone(error: unknown, now: number): void {
    const isOver = (request: Request) => {
      request.busySince ??= now
      return !isBusy(error) || now - request.busySince >= maxBusyMs
    }
    const over = new Set(this.#waiting.filter(isOver))
    this.#waiting = this.#waiting.filter((request) => !over.has(request))
    reply([...over], sayFailure(this.#parts.db.name, error))
    if (this.#waiting.length > 0) {
      setTimeout(this.#turn, 1 + Math.random() * 9)
      return
    }
    this.#scheduled = false
    this.#wakeIdle()
  }

  #wakeIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}
