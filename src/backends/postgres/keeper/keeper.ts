import { type Clock, systemClock } from '../../../queue/clock.ts'
import { type Gone, HeldLeases } from '../../../queue/held-leases.ts'
import type { LeaseKey } from '../../../queue/lease-key.ts'
import { RenewalHere } from '../../../queue/renewal-here.ts'
import { RenewalThread } from '../../../queue/renewal-thread.ts'
import type { OwnLeases } from '../lease/make-ready.ts'
import type { Database } from '../server/database.ts'
import { hostsOf } from '../server/hosts.ts'
import { renewAll } from './renewing.mjs'

/** What the keeper needs. */
export interface KeeperParts {
  readonly database: Database
  readonly clock: Clock
  /** What a thread reaches the database by; undefined where only the pool of the user knows. */
  readonly reach: { readonly url: string | undefined } | undefined
  readonly warn: (message: string) => void
}

/** A lease that is gone is found within this time, in milliseconds. */
const lookMs = 1000

/**
 * Renews the leases of this process: from a thread with a connection of its own, however busy the event loop here is, or from here where
 * there is none. The thread starts with the first lease request, and never keeps the process alive.
 */
export class Keeper implements OwnLeases {
  readonly #parts: KeeperParts
  readonly #leases = new HeldLeases()
  readonly #thread: RenewalThread

  constructor(parts: KeeperParts) {
    this.#parts = parts
    const { clock, database, reach, warn } = parts
    const leases = this.#leases
    const workerData = {
      urls: reach?.url === undefined ? [undefined] : hostsOf(reach.url),
      schema: database.schema,
      leases: leases.shared,
    }
    // A test's clock is not one that the thread could read.
    const canRun = reach && clock === systemClock
    this.#thread = new RenewalThread({
      ...{ leases, warn, of: ` of the database ${database.where}` },
      run: canRun ? { module: new URL('./keeper-thread.mjs', import.meta.url), workerData } : undefined,
      here: new RenewalHere({ clock, warn, leases, renew: () => this.#renewHere() }),
    })
  }

  has(token: number, hop: number, lease: number): boolean {
    return this.#leases.has({ token, hop, lease })
  }

  /** Renews a lease until the function that is returned is called; calls `lost` if it is gone before. */
  keep(lease: LeaseKey, leaseMs: number, lost: () => void): () => void {
    if (this.#thread.isClosed) return () => {}
    const place = this.#leases.add(lease, lost)
    this.expect(leaseMs)
    this.#thread.keep()
    let isKept = true
    return () => {
      if (isKept) this.#leases.remove(place)
      isKept = false
    }
  }

  /** Prepares for leases of `leaseMs` milliseconds before there is one: work that blocks the event loop may begin with the first. */
  expect(leaseMs: number): void {
    this.#thread.expect(Math.min(leaseMs / 3, lookMs))
  }

  /** Ends the thread, and resolves when its connection is closed. */
  close(): Promise<void> {
    return this.#thread.close()
  }

  #renewHere(): Promise<readonly Gone[]> {
    const { database, clock } = this.#parts
    const leases = [...this.#leases.all()].map(({ place, mark, key }) => ({ place, mark, ...key }))
    return database.connected((client) =>
      renewAll((sql, values) => database.statements.rows<object>(client, sql, values), {
        ...{ leases, everyMs: this.#thread.everyMs },
        now: clock === systemClock ? undefined : clock.elapsed(),
      }),
    )
  }
}
