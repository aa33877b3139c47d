import { BackendError } from '../../../queue/errors.ts'
import { sayThrown } from '../../../queue/thrown.mjs'
import type { Database } from '../server/database.ts'
import { isFull, isReadOnly, isUndone } from '../server/failures.ts'
import { isOfDatabase } from '../server/say-failure.ts'
import type { OpenTransaction } from './open-transaction.ts'
import type { Request, Work } from './request.ts'
import { Failed, type Transaction } from './transaction.ts'

/*
 * Group commit. All requests that wait when a turn begins run in one transaction, so that they share one COMMIT, and are answered
 * after it; what comes meanwhile waits for the next. A request that the rules refuse is rejected alone. If a statement fails, it is
 * not known which request is to blame: then each runs in a transaction of its own.
 */

const maxRequests = 2000

interface GroupParts {
  readonly database: Database
  readonly transaction: Transaction
  /** Does what is plain; resolves with the others. */
  readonly express: (
    requests: readonly Request[],
    more: () => readonly Request[],
  ) => Promise<readonly Request[]>
  /** A transaction has been committed. */
  readonly committed: (open: OpenTransaction) => void
}

/** Runs requests in shared transactions, one at a time. */
export class Group {
  readonly #parts: GroupParts
  #waiting: Request[] = []
  #isScheduled = false
  #isRunning = false
  /** How many times requests wait to be asked again. */
  #later = 0
  #idle: (() => void)[] = []

  constructor(parts: GroupParts) {
    this.#parts = parts
  }

  /** Does `work` in the transaction of the next turn; settles after COMMIT. */
  ask<T>(work: Work<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject, outcome: undefined, inHandSince: undefined })
      this.#schedule()
    })
  }

  /** Resolves when all requests have been answered. */
  async idle(): Promise<void> {
    while (this.#isRunning || this.#isScheduled || this.#later > 0)
      await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isRunning) return
    this.#isScheduled = true
    setImmediate(() => void this.#turn())
  }

  async #turn(): Promise<void> {
    this.#isScheduled = false
    this.#isRunning = true
    const taken: Request[] = []
    const take = () => {
      const requests = this.#waiting.splice(0, maxRequests)
      taken.push(...requests)
      return requests
    }
    try {
      const rest = await this.#parts.express(take(), take)
      if (rest.length > 0) await this.#runAll(rest)
    } catch (error) {
      // A mistake in our code: those that are answered stay so.
      for (const { reject } of taken) reject(this.#say(error))
    }
    this.#isRunning = false
    if (this.#waiting.length > 0) this.#schedule()
    else if (this.#later === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  async #runAll(requests: readonly Request[]): Promise<void> {
    const failure = await this.#commit(requests)
    if (failure === undefined) return
    if (requests.length > 1 && isOfOne(failure)) {
      for (const request of requests) await this.#runAll([request])
      return
    }
    const error = this.#say(failure)
    for (const { reject } of requests) reject(error)
  }

  // Resolves with the error for which none of them was done; undefined when all are answered.
  async #commit(requests: readonly Request[]): Promise<unknown> {
    try {
      const { open } = await this.#parts.transaction.run(requests)
      reply(requests)
      this.#askAgain(requests.filter(({ outcome }) => outcome === undefined))
      this.#parts.committed(open)
      return undefined
    } catch (error) {
      return error
    }
  }

  // What another transaction has in hand it will have let go of soon.
  #askAgain(requests: readonly Request[]): void {
    if (requests.length === 0) return
    this.#later++
    setTimeout(
      () => {
        this.#later--
        this.#waiting.push(...requests)
        this.#schedule()
      },
      1 + Math.random() * 4,
    )
  }

  #say(error: unknown): unknown {
    const { database } = this.#parts
    if (error instanceof Failed) return this.#say(error.cause)
    if (isOfDatabase(error)) return database.say(error)
    return new BackendError(
      `A request to the database ${database.where} failed by a bug in Pipewright: ${sayThrown(error)}. Nothing of it was recorded; please report it.`,
      { cause: error },
    )
  }
}

// A statement that was refused may be of one request; what has happened to the connection has happened to all.
function isOfOne(error: unknown): boolean {
  return error instanceof Failed || (isUndone(error) && !isFull(error) && !isReadOnly(error))
}

function reply(requests: readonly Request[]): void {
  for (const { outcome, resolve, reject } of requests) {
    if (!outcome) continue
    if ('value' in outcome) resolve(outcome.value as never)
    else reject(outcome.error)
  }
}
