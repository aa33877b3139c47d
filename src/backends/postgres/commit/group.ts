import { BackendError } from '../../../queue/errors.ts'
import { sayThrown } from '../../../queue/thrown.mjs'
import type { Database } from '../server/database.ts'
import { isFull, isReadOnly, isUndone } from '../server/failures.ts'
import { isOfDatabase } from '../server/say-failure.ts'
import type { OpenTransaction } from './open-transaction.ts'
import type { Request, Work } from './request.ts'
import { Failed, type Transaction } from './transaction.ts'

/*
 * Group commit. All requests that wait when a turn begins are done in one statement or transaction, so that they share one COMMIT, and
 * are answered after it; what comes meanwhile waits for the next. A request that the rules refuse is rejected alone. If a statement
 * fails, it is not known which request is to blame: then each runs in a transaction of its own.
 *
 * Plain turns go by tracks, each by itself: while the server is busy with one, this process answers another and prepares the next. Where
 * all that is in hand came with one turn, half of it is answered first, and the rest when the server is busy with what follows from
 * that. The other transactions run alone, when no track is in use.
 */

const maxRequests = 2000
/** A turn begins beside another only if it has so many requests: each costs a COMMIT. */
const worthATurn = 16

/** A message or another thing that a turn has brought, and what tells the caller. */
export interface Answer {
  /** How many messages it brings. */
  readonly size: number
  readonly give: () => void
}

/** What has become of a plain turn. */
export interface Landed {
  readonly answers: readonly Answer[]
  /** Requests that are to be done by a transaction. */
  readonly rest: readonly Request[]
}

/** Does what is plain of requests, and of those that `more` gives when it asks for them. Never rejects. */
export type Track = (requests: readonly Request[], more: () => readonly Request[]) => Promise<Landed>

interface GroupParts {
  readonly database: Database
  readonly transaction: Transaction
  readonly tracks: readonly Track[]
  /** A transaction has been committed. */
  readonly committed: (open: OpenTransaction) => void
}

/** Runs requests in shared transactions. */
export class Group {
  readonly #parts: GroupParts
  /** The tracks that are not in use. */
  readonly #free: Track[]
  #waiting: Request[] = []
  /** Those which only a transaction can do. */
  #long: Request[] = []
  /** Answers that are given when the next turn has begun. */
  readonly #answers: Answer[] = []
  #isScheduled = false
  #isRunning = false
  /** How many times requests wait to be asked again. */
  #later = 0
  #idle: (() => void)[] = []

  constructor(parts: GroupParts) {
    this.#parts = parts
    this.#free = [...parts.tracks]
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
    while (!this.#isIdle) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  get #isIdle(): boolean {
    const isQuiet = !this.#isRunning && !this.#isScheduled && this.#later === 0
    return isQuiet && this.#used === 0 && this.#waiting.length + this.#long.length === 0
  }

  get #used(): number {
    return this.#parts.tracks.length - this.#free.length
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    this.#isScheduled = false
    if (this.#long.length > 0) this.#transact()
    else if (!this.#isRunning) this.#begin()
    for (const { give } of this.#answers.splice(0)) give()
    if (this.#isIdle) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #begin(): void {
    const { length } = this.#waiting
    if (length === 0 || (this.#used > 0 && length < worthATurn)) return
    const track = this.#free.pop()
    if (!track) return
    void track(this.#take(), () => this.#take()).then(({ answers, rest }) => {
      this.#free.push(track)
      this.#long.push(...rest)
      this.#answer(answers)
      this.#transact()
      this.#schedule()
    })
  }

  #take(): readonly Request[] {
    return this.#waiting.splice(0, maxRequests)
  }

  // Every second one brings every second message of each queue, as its loop asks for them half by half.
  #answer(answers: readonly Answer[]): void {
    const bringing = answers.filter(({ size }) => size > 0)
    const size = bringing.reduce((sum, answer) => sum + answer.size, 0)
    const isShared = this.#free.length > 1 && this.#used === 0 && this.#waiting.length === 0
    if (isShared && size >= 2 * worthATurn) this.#answers.push(...bringing.filter((_, i) => i % 2 === 1))
    for (const answer of answers) if (!this.#answers.includes(answer)) answer.give()
  }

  #transact(): void {
    if (this.#used > 0 || this.#isRunning || this.#long.length === 0) return
    this.#isRunning = true
    void this.#runAll(this.#long.splice(0)).then(() => {
      this.#isRunning = false
      this.#schedule()
    })
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
