import type { Clock } from '../../queue/clock.ts'
import type { Connection } from './connection.ts'
import { clear, type Ledger, settle as settleLedger } from './ledger.ts'
import type { Metrics } from './metrics.ts'
import type { QueueTable } from './queue-table.ts'
import { maxBusyMs, sayFailure, sayRefusal } from './say-failure.ts'
import { isBusy, isRefusal, isSqliteError } from './sqlite-error.ts'

/*
 * Group commit. Whatever is asked for in one turn of the event loop runs in one transaction at its end, so that
 * one fsync pays for all of it, and is answered after COMMIT.
 *
 * Callers run one after the other, first without savepoints. One that fails before it has changed anything is
 * rejected alone. One that fails later makes the transaction roll back and run again, each caller in a savepoint
 * of its own. An error of the database itself (no space, I/O) rejects them all.
 *
 * When all have run, and before COMMIT, the watchers of the queues in which something became visible are called:
 * an idle worker's lease, asked for there and then, joins the same transaction. That repeats until nobody asks
 * for anything, or the transaction has become large or old; the rest goes to the next turn.
 *
 * BUSY can occur at BEGIN IMMEDIATE and nowhere else; the whole group then waits for a moment and tries again.
 */

const maxOperations = 2000
const maxRunMs = 20

interface Operation {
  readonly work: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
  value: unknown
  error: unknown
}

/** What a group tells the rest of the backend. */
export interface GroupListener {
  /** Something may have become visible in these queues; called before COMMIT. */
  visible(tables: ReadonlySet<QueueTable>): void
  /** A transaction has been committed. */
  committed(): void
}

/** Runs what callers ask for in shared transactions. */
export class Group {
  readonly #db: Connection
  readonly #ledger: Ledger
  readonly #clock: Clock
  readonly #metrics: Metrics
  readonly #listener: GroupListener
  readonly #begin
  readonly #commit
  readonly #rollback
  readonly #savepoint
  readonly #release
  readonly #undo
  #waiting: Operation[] = []
  #scheduled = false
  #running = false
  #busySince: number | undefined
  #idle: (() => void)[] = []

  constructor(parts: {
    db: Connection
    ledger: Ledger
    clock: Clock
    metrics: Metrics
    listener: GroupListener
  }) {
    const { db } = parts
    this.#db = db
    this.#ledger = parts.ledger
    this.#clock = parts.clock
    this.#metrics = parts.metrics
    this.#listener = parts.listener
    this.#begin = db.prepare('begin immediate')
    this.#commit = db.prepare('commit')
    this.#rollback = db.prepare('rollback')
    this.#savepoint = db.prepare('savepoint caller')
    this.#release = db.prepare('release caller')
    this.#undo = db.prepare('rollback to caller')
  }

  /** Whether a transaction is or will be run anyway, so that asking for more costs no fsync of its own. */
  get busy(): boolean {
    return this.#running || this.#scheduled
  }

  /** Runs `work` in the transaction of this turn; settles after COMMIT. `work` is synchronous, and may run twice. */
  ask<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject, value: undefined, error: undefined })
      if (!this.#running) this.#schedule()
    })
  }

  /** Resolves when all that was asked for has been settled. */
  async idle(): Promise<void> {
    while (this.#scheduled || this.#running) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    const startedAt = performance.now()
    try {
      this.#begin.run()
    } catch (error) {
      this.#postpone(error, startedAt)
      return
    }
    this.#busySince = undefined
    this.#scheduled = false
    this.#running = true
    const operations: Operation[] = []
    const failure = this.#transact(operations, startedAt)
    this.#running = false
    if (this.#waiting.length > 0) this.#schedule()
    this.#metrics.add(performance.now() - startedAt)
    settle(operations, failure)
    if (failure === undefined) this.#listener.committed()
    this.#wakeIdle()
  }

  // Runs the group into `operations` and commits it. Returns the error that all of them have to be rejected with.
  #transact(operations: Operation[], startedAt: number): unknown {
    const { turn } = this.#ledger
    try {
      this.#beginTurn()
      let next = 0
      for (;;) {
        this.#collect(operations)
        if (this.#run(operations, next)) {
          next = operations.length
          this.#announce()
          const isFull = next >= maxOperations || performance.now() - startedAt > maxRunMs
          if (this.#waiting.length > 0 && !isFull) continue
          if (this.#settle()) break
        }
        this.#rollback.run()
        turn.careful = true
        next = 0
        if (!this.#beginAgain(operations)) return undefined
      }
      this.#commit.run()
      turn.careful = false
      return undefined
    } catch (error) {
      turn.careful = false
      if (this.#db.inTransaction) this.#rollback.run()
      // A declaration among them may have bound names to tables that are not there now.
      this.#ledger.registry.forget()
      return sayFailure(this.#db.name, error)
    }
  }

  // Another process may get in between: then all of them wait for the next turn, which is careful at once.
  #beginAgain(operations: Operation[]): boolean {
    this.#beginTurn()
    try {
      this.#begin.run()
      return true
    } catch (error) {
      if (!isBusy(error)) throw error
      this.#waiting.unshift(...operations.splice(0))
      return false
    }
  }

  #beginTurn(): void {
    clear(this.#ledger)
    this.#ledger.turn.begin(Math.floor(this.#clock.now()), Math.floor(this.#clock.elapsed()))
  }

  #collect(operations: Operation[]): void {
    const room = maxOperations - operations.length
    for (const operation of this.#waiting.splice(0, Math.max(room, 0))) operations.push(operation)
  }

  // Returns false if the transaction has to be rolled back and run again, with savepoints.
  #run(operations: readonly Operation[], from: number): boolean {
    const { turn } = this.#ledger
    const { careful } = turn
    for (let i = from; i < operations.length; i++) {
      const operation = operations[i]!
      operation.error = undefined
      turn.beginCaller()
      if (careful) this.#savepoint.run()
      try {
        operation.value = operation.work()
        if (careful) this.#release.run()
      } catch (error) {
        if (isSqliteError(error) && !isRefusal(error)) throw error
        if (!careful && turn.dirty) return false
        if (careful) this.#takeBack()
        operation.error = sayRefusal(error)
      }
    }
    return true
  }

  #takeBack(): void {
    clear(this.#ledger)
    this.#undo.run()
    this.#release.run()
  }

  // Returns false if what somebody has asked for turns out to be refused: run again, it is known whose.
  #settle(): boolean {
    try {
      settleLedger(this.#ledger)
      return true
    } catch (error) {
      if (isSqliteError(error) && !isRefusal(error)) throw error
      return false
    }
  }

  #announce(): void {
    const { turn } = this.#ledger
    const { visible } = turn
    if (visible.size === 0) return
    turn.hasNews = true
    const tables = new Set(visible)
    visible.clear()
    this.#listener.visible(tables)
  }

  #postpone(error: unknown, now: number): void {
    this.#busySince ??= now
    if (isBusy(error) && now - this.#busySince < maxBusyMs) {
      setTimeout(this.#turn, 1 + Math.random() * 9)
      return
    }
    this.#busySince = undefined
    this.#scheduled = false
    const operations = this.#waiting.splice(0)
    settle(operations, sayFailure(this.#db.name, error))
    this.#wakeIdle()
  }

  #wakeIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}

function settle(operations: readonly Operation[], failure: unknown): void {
  for (const operation of operations) {
    const error = failure ?? operation.error
    if (error === undefined) operation.resolve(operation.value as never)
    else operation.reject(error)
  }
}
