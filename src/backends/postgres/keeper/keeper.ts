import { Worker } from 'node:worker_threads'
import { type Clock, systemClock } from '../../../queue/clock.ts'
import { endThread } from '../../../queue/end-thread.ts'
import { type Gone, HeldLeases } from '../../../queue/held-leases.ts'
import { keepContext } from '../../../queue/keep-context.ts'
import type { LeaseKey } from '../../../queue/lease-key.ts'
import { RenewalHere } from '../../../queue/renewal-here.ts'
import type { OwnLeases } from '../lease/make-ready.ts'
import type { Database } from '../server/database.ts'
import { hostsOf } from '../server/hosts.ts'
import { renewAll } from './renewing.mjs'

/** A message from the thread; it receives `renew` and `close`, see keeper-thread.mjs. */
type Said =
  | { readonly kind: 'up' }
  | { readonly kind: 'down'; readonly message: string }
  | { readonly kind: 'lost'; readonly gone: readonly Gone[] }

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
const restartMs = 1000
const maxDeaths = 5

/**
 * Renews the leases of this process: from a thread with a connection of its own, however busy the event loop here is, or from here where
 * there is none. The thread starts with the first lease request, and never keeps the process alive.
 */
export class Keeper implements OwnLeases {
  readonly #parts: KeeperParts
  readonly #leases = new HeldLeases()
  readonly #here: RenewalHere
  readonly #start: () => void
  #everyMs = Number.POSITIVE_INFINITY
  #thread: Worker | undefined
  #isUp = false
  #deaths = 0
  #isClosed = false

  constructor(parts: KeeperParts) {
    this.#parts = parts
    this.#start = keepContext(() => this.#startThread())
    const { clock, warn } = parts
    this.#here = new RenewalHere({ clock, warn, leases: this.#leases, renew: () => this.#renewHere() })
  }

  has(token: number, hop: number, lease: number): boolean {
    return this.#leases.has({ token, hop, lease })
  }

  /** Renews a lease until the function that is returned is called; calls `lost` if it is gone before. */
  keep(lease: LeaseKey, leaseMs: number, lost: () => void): () => void {
    if (this.#isClosed) return () => {}
    const place = this.#leases.add(lease, lost)
    this.expect(leaseMs)
    if (!this.#isUp) this.#here.start(this.#everyMs)
    let isKept = true
    return () => {
      if (isKept) this.#leases.remove(place)
      isKept = false
    }
  }

  /** Prepares for leases of `leaseMs` milliseconds before there is one: work that blocks the event loop may begin with the first. */
  expect(leaseMs: number): void {
    const ms = Math.min(leaseMs / 3, lookMs)
    if (ms < this.#everyMs) {
      this.#everyMs = ms
      this.#thread?.postMessage({ kind: 'renew', everyMs: ms })
      this.#here.quicken(ms)
    }
    if (!this.#thread && this.#deaths === 0) this.#start()
  }

  /** Ends the thread, and resolves when its connection is closed. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#here.close()
    if (this.#thread) await endThread(this.#thread)
  }

  // A test's clock is not one that the thread could read.
  #startThread(): void {
    const { reach, clock, database } = this.#parts
    if (!reach || clock !== systemClock || this.#thread || this.#isClosed) return
    try {
      const thread = new Worker(new URL('./keeper-thread.mjs', import.meta.url), {
        workerData: {
          urls: reach.url === undefined ? [undefined] : hostsOf(reach.url),
          schema: database.schema,
          leases: this.#leases.shared,
        },
        // Without the options of this process, such as a loader or a coverage tool.
        execArgv: [],
      })
      this.#thread = thread
      thread.on('message', (said: Said) => this.#receive(said))
      // After the listener, which takes a reference again.
      thread.unref()
      thread.on('error', (error) => this.#sayDown(error.message))
      thread.on('exit', () => this.#died())
      thread.postMessage({ kind: 'renew', everyMs: this.#everyMs })
    } catch (error) {
      this.#sayDown((error as Error).message)
      this.#died()
    }
  }

  #receive(said: Said): void {
    if (said.kind === 'lost') return this.#leases.reportLost(said.gone)
    this.#isUp = said.kind === 'up'
    if (said.kind === 'up') return this.#here.stop()
    if (!this.#leases.isEmpty) this.#sayDown(said.message)
    this.#here.start(this.#everyMs)
  }

  #died(): void {
    this.#thread = undefined
    this.#isUp = false
    if (this.#isClosed) return
    this.#deaths++
    if (!this.#leases.isEmpty) this.#here.start(this.#everyMs)
    if (this.#deaths < maxDeaths) setTimeout(this.#start, restartMs).unref()
  }

  #sayDown(message: string): void {
    const { warn, database } = this.#parts
    if (!this.#isClosed)
      warn(
        `The thread that renews leases of the database ${database.where} has failed, so that they are renewed from the event loop: ${message}`,
      )
  }

  #renewHere(): Promise<readonly Gone[]> {
    const { database, clock } = this.#parts
    const leases = [...this.#leases.all()].map(({ place, mark, key }) => ({ place, mark, ...key }))
    return database.connected((client) =>
      renewAll((sql, values) => database.statements.rows<object>(client, sql, values), {
        ...{ leases, everyMs: this.#everyMs },
        now: clock === systemClock ? undefined : clock.elapsed(),
      }),
    )
  }
}
