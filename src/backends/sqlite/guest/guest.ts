import type { Receipt } from '../../../queue/backend.ts'
import type { Change } from '../../../queue/change.ts'
import { HeldLeases } from '../../../queue/held-leases.ts'
import type { Moment } from '../../../queue/lapse.ts'
import { apply } from '../../../queue/rules/apply.ts'
import { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import { settleEntry } from '../inbox/settle-entry.ts'

/**
 * A connection of a caller, by whose transactions changes are committed. Each list of changes has a savepoint, and nothing that is
 * learnt on the way is remembered: the transaction may yet be rolled back, also by the caller's own savepoints.
 */
export class Guest {
  readonly #db: Connection
  readonly #open: OpenTransaction
  readonly #savepoint
  readonly #release
  readonly #undo

  constructor(db: Connection) {
    this.#db = db
    this.#open = new OpenTransaction(db, new HeldLeases())
    this.#savepoint = db.prepare('savepoint pw_guest')
    this.#release = db.prepare('release pw_guest')
    this.#undo = db.prepare('rollback to pw_guest')
  }

  /** Applies `changes` in the transaction that is open. `names` are the refs of the queues that this process has declared. */
  commit(changes: readonly Change[], moment: Moment, names: ReadonlyMap<string, number>): Receipt {
    const open = this.#open
    this.#savepoint.run()
    try {
      open.begin(moment)
      open.careful = true
      open.registry.bind(names)
      const receipt = apply(open, changes, (change) => settleEntry(this.#db, open, change, new Set()))
      open.settle()
      open.settleHistory()
      open.settleMeters()
      this.#release.run()
      return receipt
    } catch (error) {
      // An error of the database may have ended the whole transaction.
      if (this.#db.inTransaction) {
        this.#undo.run()
        this.#release.run()
      }
      throw error
    } finally {
      open.discard()
    }
  }
}
