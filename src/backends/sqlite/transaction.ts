import type { Clock } from '../../queue/clock.ts'
import type { Caller } from './caller.ts'
import type { Connection } from './connection.ts'
import { clear, type Ledger, publish, settle } from './ledger.ts'
import { sayRefusal } from './say-failure.ts'
import { isOfOneCaller, isSqliteError } from './sqlite-error.ts'
import { WallClock } from './wall-clock.ts'

/**
 * One transaction that many callers share, at a time. They run one after the other, first without savepoints, and
 * what they pop and push is gathered. A caller that fails before it has changed anything is rejected alone. Where one
 * fails later, or what was gathered is refused, it is not known whose fault that is: then the transaction has to be
 * rolled back and run again `careful`ly, each caller in a savepoint of its own, nothing gathered.
 */
export class Transaction {
  readonly #db: Connection
  readonly #ledger: Ledger
  readonly #wallClock: WallClock
  readonly #begin
  readonly #commit
  readonly #rollback
  readonly #savepoint
  readonly #release
  readonly #undo

  constructor(db: Connection, ledger: Ledger) {
    this.#db = db
    this.#ledger = ledger
    this.#wallClock = new WallClock(db)
    this.#begin = db.prepare('begin immediate')
    this.#commit = db.prepare('commit')
    this.#rollback = db.prepare('rollback')
    this.#savepoint = db.prepare('savepoint caller')
    this.#release = db.prepare('release caller')
    this.#undo = db.prepare('rollback to caller')
  }

  /** Begins. Throws SQLite's BUSY if another process is writing. */
  begin(clock: Clock): void {
    this.#begin.run()
    // Only now: a lease that another process has given meanwhile would seem to be of an earlier boot.
    this.#ledger.turn.begin(Math.floor(clock.now()), Math.floor(clock.elapsed()))
  }

  /** Runs what callers want, from the one at `from`. Returns false if it has to be run again, carefully. */
  run(callers: readonly Caller[], from: number): boolean {
    const { registry, turn } = this.#ledger
    if (from === 0) registry.refresh()
    for (let i = from; i < callers.length; i++) {
      const caller = callers[i]!
      caller.error = undefined
      turn.beginCaller()
      if (turn.careful) this.#savepoint.run()
      try {
        caller.value = caller.work()
        if (turn.careful) this.#keep()
      } catch (error) {
        if (isSqliteError(error) && !isOfOneCaller(error)) throw error
        if (!turn.careful && turn.dirty) return false
        if (turn.careful) this.#takeBack()
        caller.error = sayRefusal(this.#db.name, error)
      }
    }
    return true
  }

  /** Commits. Returns false, with nothing committed, if it has to be run again, carefully. */
  commit(): boolean {
    try {
      settle(this.#ledger)
      this.#ledger.history.settle()
      const { turn } = this.#ledger
      if (turn.nextUntil < Number.POSITIVE_INFINITY) this.#wallClock.keep(turn)
    } catch (error) {
      // Run again carefully already, it would only fail again: it is no caller's fault.
      if (this.#ledger.turn.careful || (isSqliteError(error) && !isOfOneCaller(error))) throw error
      return false
    }
    this.#commit.run()
    publish(this.#ledger)
    this.#ledger.turn.careful = false
    return true
  }

  /** Rolls back in order to begin again, carefully. */
  rollBack(): void {
    this.#rollback.run()
    clear(this.#ledger)
    this.#ledger.turn.careful = true
  }

  /** Rolls back for good, after an error of the database. */
  abandon(): void {
    this.#ledger.turn.careful = false
    if (this.#db.inTransaction) this.#rollback.run()
    clear(this.#ledger)
  }

  /** Keeps what a caller has done: what the next one does may be taken back. */
  #keep(): void {
    this.#ledger.history.settle()
    this.#release.run()
  }

  #takeBack(): void {
    this.#undo.run()
    this.#release.run()
    clear(this.#ledger)
  }
}
