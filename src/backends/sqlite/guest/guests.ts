import type { Receipt } from '../../../queue/backend.ts'
import type { Change } from '../../../queue/change.ts'
import type { Clock } from '../../../queue/clock.ts'
import { InvalidError } from '../../../queue/errors.ts'
import { isPromised, type MaybePromise } from '../../../schema/schema.ts'
import type { Connection } from '../file/connection.ts'
import { findGuest } from './find-guest.ts'
import { Guest } from './guest.ts'
import { sayGuest } from './say-guest.ts'

/** The connections of callers in whose transactions something is committed, see `Backend.commitIn`. */
export class Guests {
  readonly #db: Connection
  readonly #clock: Clock
  readonly #guests = new WeakMap<Connection, Guest>()
  readonly #names = new Map<string, number>()

  constructor(db: Connection, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** Remembers the refs of the queues that this process has declared. */
  bind(refs: ReadonlyMap<string, number>): void {
    for (const [name, ref] of refs) this.#names.set(name, ref)
  }

  commit(transaction: object, changes: MaybePromise<readonly Change[]>): Receipt {
    if (isPromised(changes)) {
      // It is refused whatever comes of it.
      Promise.resolve(changes).catch(() => {})
      throw new InvalidError(promisedChanges)
    }
    try {
      const db = findGuest(this.#db, transaction)
      const moment = { now: this.#clock.now(), elapsed: this.#clock.elapsed() }
      return withNumbers(db, () => this.#guestOf(db).commit(changes, moment, this.#names))
    } catch (error) {
      throw sayGuest(this.#db.name, error)
    }
  }

  #guestOf(db: Connection): Guest {
    const known = this.#guests.get(db)
    if (known) return known
    const guest = new Guest(db)
    this.#guests.set(db, guest)
    return guest
  }
}

const promisedChanges =
  'A schema, or what makes the marks, gives a promise here, and a transaction of better-sqlite3 waits for none; use one that answers at once, or push outside of the transaction.'

/** What `work` makes of `db`, whose statements give numbers meanwhile, also where the caller wants its own to give BigInts. */
function withNumbers<T>(db: Connection, work: () => T): T {
  const isBig = typeof db.prepare('select 1').pluck().get() === 'bigint'
  if (!isBig) return work()
  db.defaultSafeIntegers(false)
  try {
    return work()
  } finally {
    db.defaultSafeIntegers(true)
  }
}
