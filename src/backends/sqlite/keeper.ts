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
  | { readonly kind: 'held'; readonly number: number; readonly fences: readonly Fence[] }
  | { readonly kind: 'warning'; readonly message: string }

/** What the keeper needs. */
export interface KeeperParts {
  readonly path: string
  readonly clock: Clock
  readonly historyDays: number
  /** Renews an owner's leases from this thread: what remains if the other thread cannot run. */
  readonly extend: (owner: string) => Promise<readonly Fence[]>
  readonly onWarning: (message: string) => void
}

const startDelayMs = 500
const restartDelayMs = 1000
const maxDeaths = 5
const closeMs = 5000

/**
 * The thread beside the main one, with its own connection: it renews leases however busy the event loop here is,
 * and checkpoints and prunes. It starts with the first lease to keep, or soon after the first write; it never
 * keeps the process alive. If it dies it is started again, and where it cannot run, or cannot see the clock
 * that goes here, leases are renewed from this thread.
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
    if (this.#thread || this.#starting || this.#closed || this.#deaths > maxDeaths) return
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
    const { path, historyDays } = this.#parts
    const thread = new Worker(new URL('./keeper-thread.mjs', import.meta.url), {
      workerData: { path, historyDays },
      // Nothing that this process was started with (a loader, a coverage tool) is needed there.
      execArgv: [],
    })
    this.#thread = thread
    thread.unref()
    thread.on('message', (said: Said) => this.#hear(said))
    thread.on('error', (error) =>
      this.#parts.onWarning(`The thread that renews leases failed: ${error.message}`),
    )
    thread.on('exit', () => this.#died(thread))
    for (const [number, { owner, everyMs }] of this.#kept) {
      thread.postMessage({ kind: 'keep', number, owner, everyMs })
    }
  }

  #hear(said: Said): void {
    if (said.kind === 'warning') this.#parts.onWarning(said.message)
    else this.#kept.get(said.number)?.held(said.fences)
  }

  #died(thread: Worker): void {
    if (this.#thread === thread) this.#thread = undefined
    if (this.#closed) return
    this.#deaths++
    for (const kept of this.#kept.values()) {
      if (this.#deaths > maxDeaths) this.#keepHere(kept)
      else void this.#extendOnce(kept)
    }
    if (this.#deaths > maxDeaths) return
    this.#starting ??= setTimeout(() => this.#start(), restartDelayMs).unref()
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
      if (!this.#closed) this.#parts.onWarning(`Leases could not be renewed: ${(error as Error).message}`)
    }
  }
}
