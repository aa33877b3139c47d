import type { Clock } from '../../../queue/clock.ts'
import type { Connection } from '../file/connection.ts'
import { sayRefusal } from '../file/say-failure.ts'
import { isRefusal, isSqliteError } from '../file/sqlite-error.ts'
import { WallClock } from '../tables/wall-clock.ts'
import type { OpenTransaction } from './open-transaction.ts'
import type { Request } from './request.ts'
import { RunAgain } from './run-again.ts'

/**
 * One transaction that many requests share, at a time. They run one after the other, first without savepoints, and
 * their hops are gathered. A request that fails before it has changed anything is rejected alone. Where one fails later,
 * or a gathered hop is refused, it is not known which request is to blame: then the transaction has to be rolled back and run
 * again `careful`ly, each request in a savepoint of its own, nothing gathered.
 */
export class Transaction {
  readonly #db: Connection
  readonly #open: OpenTransaction
  readonly #wallClock: WallClock
  readonly #begin
  readonly #commit
  readonly #rollback
  readonly #savepoint
  readonly #release
  readonly #undo

  constructor(db: Connection, open: OpenTransaction) {
    this.#db = db
    this.#open = open
    this.#wallClock = new WallClock(db)
    this.#begin = db.prepare('begin immediate')
    this.#commit = db.prepare('commit')
    this.#rollback = db.prepare('rollback')
    this.#savepoint = db.prepare('savepoint request')
    this.#release = db.prepare('release request')
    this.#undo = db.prepare('rollback to request')
  }

  /** Begins. Throws SQLite's BUSY if another process is writing. */
  begin(clock: Clock): void {
    this.#begin.run()
    // The time is read only now: else a lease that another process has given meanwhile would seem to be of an earlier boot.
    this.#open.begin({ now: clock.now(), elapsed: clock.elapsed() })
  }

  /** Runs requests, from the one at `from`. Returns false if it has to be run again, carefully. */
  run(requests: readonly Request[], from: number): boolean {
    const open = this.#open
    if (from === 0) open.registry.refresh()
    for (let i = from; i < requests.length; i++) {
      const request = requests[i]!
      request.error = undefined
      open.beginRequest()
      if (open.careful) this.#savepoint.run()
      try {
        request.value = request.work()
        if (open.careful) this.#keep()
      } catch (error) {
        if (error instanceof RunAgain) return false
        if (isSqliteError(error) && !isRefusal(error)) throw error
        if (!open.careful && open.isChanged) return false
        if (open.careful) this.#takeBack()
        request.error = sayRefusal(this.#db.name, error)
      }
    }
    return this.#heed()
  }

  // Before watchers are called: a letter wakes as a push does. Returns false if it has to be run again, carefully.
  #heed(): boolean {
    try {
      this.#open.settleBoxes()
      return true
    } catch (error) {
      if (error instanceof RunAgain) return false
      throw error
    }
  }

  /** Commits. Returns false, with nothing committed, if it has to be run again, carefully. */
  commit(): boolean {
    const open = this.#open
    try {
      open.settle()
      open.settleHistory()
      open.meters.settle(open)
      if (open.news.nextUntil < Number.POSITIVE_INFINITY) this.#wallClock.keep(open)
    } catch (error) {
      // If this was the careful run, another one would only fail again: no request is to blame.
      const isOfOne = error instanceof RunAgain || !isSqliteError(error) || isRefusal(error)
      if (open.careful || !isOfOne) throw error
      return false
    }
    this.#commit.run()
    open.committed()
    return true
  }

  /** Rolls back in order to begin again, carefully. */
  rollBack(): void {
    this.#rollback.run()
    this.#open.discard()
    this.#open.careful = true
  }

  /** Rolls back for good, after an error of the database. */
  abandon(): void {
    this.#open.careful = false
    if (this.#db.inTransaction) this.#rollback.run()
    this.#open.discard()
  }

  /** Keeps the changes of a request: those of the next one may be rolled back alone. */
  #keep(): void {
    this.#open.settle()
    this.#open.settleHistory()
    this.#release.run()
  }

  #takeBack(): void {
    this.#undo.run()
    this.#release.run()
    this.#open.discard()
  }
}
