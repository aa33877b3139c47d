import type { Receipt } from '../../../queue/backend.ts'
import type { Change } from '../../../queue/change.ts'
import { checkChanges } from '../../../queue/check-change.ts'
import type { MaybePromise } from '../../../schema/schema.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Database } from '../server/database.ts'
import { callerOf } from './caller.ts'
import { commitIn } from './guest.ts'
import { Outcomes } from './outcomes.ts'
import { placeOf } from './place.ts'

/** The transactions of callers in which something is committed, see `Backend.commitIn`. */
export class Guests {
  readonly #database: Database
  readonly #outcomes: Outcomes
  /** What is under way, by connection: one after the other, as each has a savepoint. */
  readonly #last = new WeakMap<object, Promise<unknown>>()
  #place: Promise<string> | undefined

  /** `committed` is called when a caller's transaction was committed. */
  constructor(database: Database, committed: (open: OpenTransaction) => void) {
    this.#database = database
    this.#outcomes = new Outcomes(database, committed)
  }

  async commit(transaction: object, changes: MaybePromise<readonly Change[]>): Promise<Receipt> {
    const caller = callerOf(transaction, this.#database.schema)
    const before = this.#last.get(caller.key)
    const done = this.#after(before, async () => {
      const planned = await changes
      checkChanges(planned)
      const { receipt, open, xid } = await commitIn(caller, this.#database, {
        changes: planned,
        place: await this.#where(),
      })
      this.#outcomes.expect(xid, open)
      return receipt
    })
    this.#last.set(caller.key, done)
    return done
  }

  /** Asks once more what has become of them, and asks no more. */
  close(): Promise<void> {
    return this.#outcomes.close()
  }

  async #after<T>(before: Promise<unknown> | undefined, work: () => Promise<T>): Promise<T> {
    await before?.catch(() => {})
    return work()
  }

  // Asked once, unless that fails.
  #where(): Promise<string> {
    this.#place ??= placeOf(this.#database).catch((error: unknown) => {
      this.#place = undefined
      throw this.#database.say(error)
    })
    return this.#place
  }
}
