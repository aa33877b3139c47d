import { Worker } from 'node:worker_threads'
import { endThread } from './end-thread.ts'
import type { Gone, HeldLeases } from './held-leases.ts'
import { keepContext } from './keep-context.ts'
import type { RenewalHere } from './renewal-here.ts'

/** A message from the thread; it receives `{ kind: 'renew', everyMs }` and `{ kind: 'close' }`. */
type Said =
  | { readonly kind: 'up' }
  | { readonly kind: 'down'; readonly message: string }
  | { readonly kind: 'lost'; readonly gone: readonly Gone[] }

/** What `RenewalThread` needs. */
export interface RenewalThreadParts {
  /** What the thread runs, and what it is given; undefined where no thread could renew. */
  readonly run: { readonly module: URL; readonly workerData: object } | undefined
  readonly leases: HeldLeases
  /** Renews from here while the thread cannot. */
  readonly here: RenewalHere
  /** Whose leases, in a sentence: empty, or ` of the database ...`. */
  readonly of: string
  readonly warn: (message: string) => void
  /** Called when a thread has begun: the first, and each that takes the place of one that has died. */
  readonly began?: () => void
}

const restartMs = 1000
const maxDeaths = 5

/**
 * A thread that renews leases, however busy the event loop here is. It starts with the first lease, never keeps the process alive, and is
 * started again when it dies; while it does not say that it is up, leases are renewed from here.
 */
export class RenewalThread {
  readonly #parts: RenewalThreadParts
  readonly #start: () => void
  #everyMs = Number.POSITIVE_INFINITY
  #thread: Worker | undefined
  #isUp = false
  #deaths = 0
  #isClosed = false

  constructor(parts: RenewalThreadParts) {
    this.#parts = parts
    this.#start = keepContext(() => this.#startThread())
  }

  /** How often leases are looked at, in milliseconds. */
  get everyMs(): number {
    return this.#everyMs
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Has it start, and look at leases every `ms` milliseconds at least from now on. */
  expect(ms: number): void {
    if (ms < this.#everyMs) {
      this.#everyMs = ms
      this.post({ kind: 'renew', everyMs: ms })
      this.#parts.here.quicken(ms)
    }
    if (!this.#thread && this.#deaths === 0) this.#start()
  }

  /** Has leases renewed from now on: by the thread, or from here. */
  keep(): void {
    if (!this.#isUp) this.#parts.here.start(this.#everyMs)
  }

  /** Tells the thread something, if there is one. */
  post(message: object): void {
    this.#thread?.postMessage(message)
  }

  /** Ends the thread, and resolves when its connections are closed. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#parts.here.close()
    if (this.#thread) await endThread(this.#thread)
  }

  #startThread(): void {
    const { run, began } = this.#parts
    if (!run || this.#thread || this.#isClosed) return
    try {
      // Without the options of this process, such as a loader or a coverage tool.
      const thread = new Worker(run.module, { workerData: run.workerData, execArgv: [] })
      this.#thread = thread
      thread.on('message', (said: Said) => this.#receive(said))
      // After the listener, which takes a reference again.
      thread.unref()
      thread.on('error', (error) => this.#sayDown(error.message))
      thread.on('exit', () => this.#died())
      thread.postMessage({ kind: 'renew', everyMs: this.#everyMs })
      began?.()
    } catch (error) {
      this.#sayDown((error as Error).message)
      this.#died()
    }
  }

  #receive(said: Said): void {
    const { leases, here } = this.#parts
    if (said.kind === 'lost') return leases.reportLost(said.gone)
    this.#isUp = said.kind === 'up'
    if (said.kind === 'up') return here.stop()
    if (!leases.isEmpty) this.#sayDown(said.message)
    here.start(this.#everyMs)
  }

  #died(): void {
    this.#thread = undefined
    this.#isUp = false
    if (this.#isClosed) return
    this.#deaths++
    if (!this.#parts.leases.isEmpty) this.keep()
    if (this.#deaths < maxDeaths) setTimeout(this.#start, restartMs).unref()
  }

  #sayDown(message: string): void {
    const { of, warn } = this.#parts
    if (!this.#isClosed)
      warn(
        `The thread that renews leases${of} has failed, so that they are renewed from the event loop: ${message}`,
      )
  }
}
