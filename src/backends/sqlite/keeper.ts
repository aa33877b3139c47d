import { Worker } from 'node:worker_threads'
import type { Fence } from '../../queue/change.ts'
import { type Clock, systemClock } from '../../queue/clock.ts'

type Held = (fences: readonly Fence[]) => void

interface Kept {
  readonly owner: string
  readonly everyMs: number
  readonly held: Held
  stopHere?: (() => void) | undefined
}

/** What the thread says; what it is told is `keep`, `drop` and `close`, see keeper-thread.mjs. */
type Said =
  | { readonly kind: 'up' }
  | { readonly kind: 'held'; readonly number: number; readonly fences: readonly Fence[] }
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'notice'; readonly message: string }

/** What the keeper needs. */
export interface KeeperParts {
  readonly path: string
  readonly clock: Clock
  readonly historyDays: number | undefined
  /** Renews an owner's leases from this thread: what remains if the other thread cannot run. */
  readonly extend: (owner: string) => Promise<readonly Fence[]>
  /** Lets SQLite checkpoint in commits of this thread, or leaves that to the other one. */
  readonly checkpointHere: (here: boolean) => void
  readonly warn: (message: string) => void
  readonly notice: (message: string) => void
}

const startDelayMs = 500
const restartDelayMs = 1000
// Who has died five times may still be able to run when the disk has space again.
const maxDeaths = 5
const laterDelayMs = 5000
const closeMs = 5000

/**
 * The thread beside the main one, with its own connection: it renews leases however busy the event loop here is,
 * and checkpoints and prunes. It starts with the first lease to keep, or soon after the first write; it never
 * keeps the process alive. If it dies it is started again, and while it cannot run, SQLite checkpoints in the commits
 * of this thread; leases are renewed from here as well then, and where the other thread cannot see the clock that goes
 * here.
 */
export class Keeper {
  readonly #parts: KeeperParts
  readonly #kept = new Map<number, Kept>()
  #last = 0
  #thread: Worker | undefined
  #starting: NodeJS.Timeout | undefined
  #deaths = 0
  #closed = false

  constructor(parts: KeeperParts) {
    this.#parts = parts
  }

  /** Renews the leases of `owner` until the function that is returned is called. */
  keep(owner: string, everyMs: number, held: Held): () => void {
    const number = ++this.#last
    const kept: Kept = { owner, everyMs, held }
    this.#kept.set(number, kept)
    if (this.#parts.clock !== systemClock || this.#deaths > maxDeaths) this.#keepHere(kept)
    else {
      this.#start()
      this.#thread?.postMessage({ kind: 'keep', number, owner, everyMs })
    }
    return () => {
      this.#kept.delete(number)
      kept.stopHere?.()
      this.#thread?.postMessage({ kind: 'drop', number })
    }
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
    for (const kept of this.#kept.values()) kept.stopHere?.()
    this.#kept.clear()
    const thread = this.#thread
    if (!thread) return
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()))
    thread.ref()
    thread.postMessage({ kind: 'close' })
    const timer = setTimeout(() => void thread.terminate(), closeMs)
    await ended
    clearTimeout(timer)
  }

  #start(): void {
    clearTimeout(this.#starting)
    this.#starting = undefined
    if (this.#thread || this.#closed) return
    const thread = this.#open()
    if (!thread) return this.#died()
    this.#thread = thread
    thread.unref()
    thread.on('message', (said: Said) => this.#hear(said))
    thread.on('error', (error) => this.#sayDeath(error))
    thread.on('exit', () => {
      this.#thread = undefined
      this.#died()
    })
    if (this.#parts.clock !== systemClock) return
    for (const [number, { owner, everyMs }] of this.#kept) {
      thread.postMessage({ kind: 'keep', number, owner, everyMs })
    }
  }

  // Where no thread can be had (no memory, too many of them or of files), that is as if it had died.
  #open(): Worker | undefined {
    const { path, historyDays } = this.#parts
    try {
      return new Worker(new URL('./keeper-thread.mjs', import.meta.url), {
        workerData: { path, historyDays },
        // Nothing that this process was started with (a loader, a coverage tool) is needed there.
        execArgv: [],
      })
    } catch (error) {
      this.#sayDeath(error)
      return undefined
    }
  }

  #hear(said: Said): void {
    const { checkpointHere, notice, warn } = this.#parts
    if (said.kind === 'up') return checkpointHere(false)
    if (said.kind === 'notice') return notice(said.message)
    this.#deaths = 0
    if (said.kind === 'warning') return warn(said.message)
    const kept = this.#kept.get(said.number)
    kept?.stopHere?.()
    if (kept) kept.stopHere = undefined
    kept?.held(said.fences)
  }

  #died(): void {
    if (this.#closed) return
    this.#deaths++
    this.#parts.checkpointHere(true)
    for (const kept of this.#kept.values()) {
      if (this.#deaths > maxDeaths) this.#keepHere(kept)
      else void this.#extendOnce(kept)
    }
    const delayMs = this.#deaths > maxDeaths ? laterDelayMs : restartDelayMs
    this.#starting ??= setTimeout(() => this.#start(), delayMs).unref()
  }

  // An error of SQLite comes here without its message.
  #sayDeath(error: unknown): void {
    if (this.#deaths >= maxDeaths) return
    const { message, code } = error as { readonly message?: string; readonly code?: string }
    const reason = message ?? `it could not open the database (${code})`
    this.#parts.warn(`The thread that renews leases and keeps the WAL short failed: ${reason}`)
  }

  #keepHere(kept: Kept): void {
    const beat = () => {
      kept.stopHere = this.#parts.clock.after(kept.everyMs, beat)
      void this.#extendOnce(kept)
    }
    kept.stopHere ??= this.#parts.clock.after(kept.everyMs, beat)
  }

  async #extendOnce(kept: Kept): Promise<void> {
    try {
      kept.held(await this.#parts.extend(kept.owner))
    } catch (error) {
      if (!this.#closed) this.#parts.warn(`Leases could not be renewed: ${(error as Error).message}`)
    }
  }
}
