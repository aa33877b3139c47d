import { Worker } from 'node:worker_threads'
import { systemClock } from '../../../queue/clock.ts'
import { endThread } from '../../../queue/end-thread.ts'
import type { Gone } from '../../../queue/held-leases.ts'
import { keepContext } from '../../../queue/keep-context.ts'
import type { LeaseKey } from '../../../queue/lease-key.ts'
import { RenewalHere, type RenewalParts } from '../../../queue/renewal-here.ts'

/** A message from the thread; it receives `renew`, `recount` and `close`, see keeper-thread.mjs. */
type Said =
  | { readonly kind: 'up' }
  | { readonly kind: 'lost'; readonly gone: readonly Gone[] }
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'notice'; readonly message: string }

/** What the keeper needs. */
export interface KeeperParts extends RenewalParts {
  readonly path: string
  readonly historyDays: number | undefined
  readonly valuesDays: number | undefined
  /** Lets SQLite checkpoint in commits of this thread, or leaves that to the other one. */
  readonly checkpointHere: (here: boolean) => void
  readonly notice: (message: string) => void
}

const startDelayMs = 500
const restartDelayMs = 1000
// A thread that has died five times may still be able to run when the disk has space again.
const maxDeaths = 5
const soundMs = 60_000
const laterDelayMs = 5000
/** A lease that is gone is found within this time, in milliseconds. */
const lookMs = 1000

/**
 * The thread beside the main one, with its own connection: it renews leases however busy the event loop here is,
 * and checkpoints and prunes. It starts with the first lease request, or soon after the first write; it never
 * keeps the process alive. If it dies it is started again, and while it cannot run, SQLite checkpoints in the commits
 * of this thread. Leases are renewed from here as well then, and where the clock of this process is not one that the other
 * thread can read.
 */
export class Keeper {
  readonly #parts: KeeperParts
  readonly #start: () => void
  readonly #here: RenewalHere
  /** How often the leases are looked at; longer before there was one. */
  #everyMs = Number.POSITIVE_INFINITY
  #thread: Worker | undefined
  #starting: NodeJS.Timeout | undefined
  #deaths = 0
  #upAt = Number.POSITIVE_INFINITY
  /** Whether the thread has to recount as soon as it runs. */
  #mustRecount = false
  #closed = false

  constructor(parts: KeeperParts) {
    this.#parts = parts
    this.#start = keepContext(() => this.#startThread())
    this.#here = new RenewalHere(parts)
  }

  /** Renews a lease until the function that is returned is called; calls `lost` if it is gone before. */
  keep(lease: LeaseKey, leaseMs: number, lost: () => void): () => void {
    const { leases } = this.#parts
    const place = leases.add(lease, lost)
    this.expect(leaseMs)
    // On a busy machine the thread may take longer to start than a short lease lasts.
    if (this.#upAt === Number.POSITIVE_INFINITY || this.#parts.clock !== systemClock)
      this.#here.start(this.#everyMs)
    let isKept = true
    return () => {
      if (isKept) leases.remove(place)
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
    if (this.#parts.clock === systemClock && !this.#thread && this.#deaths <= maxDeaths) this.#start()
  }

  /** Has the queues recounted soon: rows were edited by hand. */
  recount(): void {
    if (this.#thread) this.#thread.postMessage({ kind: 'recount' })
    else this.#mustRecount = true
  }

  /** Starts the thread soon, for the sake of the WAL, unless it runs. */
  startSoon(): void {
    if (this.#thread || this.#starting || this.#closed) return
    this.#starting = setTimeout(() => this.#start(), startDelayMs).unref()
  }

  /** Ends the thread, and resolves when its connection is closed. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#starting)
    this.#here.close()
    if (this.#thread) await endThread(this.#thread)
  }

  #startThread(): void {
    clearTimeout(this.#starting)
    this.#starting = undefined
    if (this.#thread || this.#closed) return
    const thread = this.#open()
    if (!thread) return this.#died()
    this.#thread = thread
    if (this.#mustRecount) this.recount()
    this.#mustRecount = false
    thread.on('message', (said: Said) => this.#receive(said))
    // After the listener, which takes a reference again.
    thread.unref()
    thread.on('error', (error) => this.#sayDeath(error))
    thread.on('exit', () => {
      this.#thread = undefined
      this.#died()
    })
    if (this.#everyMs === Number.POSITIVE_INFINITY || this.#parts.clock !== systemClock) return
    thread.postMessage({ kind: 'renew', everyMs: this.#everyMs })
  }

  // If no thread can be started (no memory, too many threads or files), that counts as a death.
  #open(): Worker | undefined {
    const { path, historyDays, valuesDays, leases } = this.#parts
    try {
      return new Worker(new URL('./keeper-thread.mjs', import.meta.url), {
        workerData: { path, historyDays, valuesDays, leases: leases.shared },
        // Without the options of this process, such as a loader or a coverage tool.
        execArgv: [],
      })
    } catch (error) {
      this.#sayDeath(error)
      return undefined
    }
  }

  #receive(said: Said): void {
    const { checkpointHere, notice, warn } = this.#parts
    if (said.kind === 'notice') return notice(said.message)
    if (said.kind === 'warning') return warn(said.message)
    if (said.kind === 'lost') return this.#parts.leases.reportLost(said.gone)
    this.#upAt = performance.now()
    checkpointHere(false)
    if (this.#parts.clock === systemClock) this.#here.stop()
  }

  #died(): void {
    if (this.#closed) return
    if (performance.now() - this.#upAt > soundMs) this.#deaths = 0
    this.#upAt = Number.POSITIVE_INFINITY
    this.#deaths++
    this.#parts.checkpointHere(true)
    void this.#here.once()
    if (this.#everyMs < Number.POSITIVE_INFINITY) this.#here.start(this.#everyMs)
    const delayMs = this.#deaths > maxDeaths ? laterDelayMs : restartDelayMs
    this.#starting ??= setTimeout(() => this.#start(), delayMs).unref()
  }

  #sayDeath(error: unknown): void {
    if (this.#deaths >= maxDeaths) return
    const { message, code } = error as { readonly message?: string; readonly code?: string }
    // Only an error while it opens the database ends it, and Node 20 loses the message of such an error on the way.
    const reason = code?.startsWith('SQLITE_') ? `it could not open the database (${code})` : message
    this.#parts.warn(`The thread that renews leases and keeps the WAL short failed: ${reason}`)
  }
}
