import { Worker } from 'node:worker_threads'
import type { Fence } from '../../../queue/change.ts'
import { systemClock } from '../../../queue/clock.ts'
import { endThread } from '../../../queue/end-thread.ts'
import { type Gone, HeldLeases } from '../../../queue/held-leases.ts'
import { keepContext } from '../../../queue/keep-context.ts'
import { RenewalHere } from '../../../queue/renewal-here.ts'
import type { HttpTls } from '../http-options.ts'

/** A message from the thread; it receives `keep`, `renew` and `close`, see keeper-thread.mjs. */
type Said =
  | { readonly kind: 'up' }
  | { readonly kind: 'down'; readonly message: string }
  | { readonly kind: 'lost'; readonly gone: readonly Gone[] }

interface Kept {
  readonly fence: Fence
  readonly owner: string
}

/** What the keeper needs. */
export interface KeeperParts {
  /** Where renewals are posted, and with which headers and certificates. */
  readonly reach: {
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly tls: HttpTls | undefined
  }
  /** Renews leases of an owner from here, and resolves with those that are held. */
  readonly extend: (owner: string, fences: readonly Fence[]) => Promise<readonly Fence[]>
  readonly warn: (message: string) => void
}

/** A renewal is given up after so long, in milliseconds, or after a third of the lease. */
const longestMs = 10_000
const restartMs = 1000
const maxDeaths = 5

/**
 * Renews the leases of this process at a third of the shortest of them: from a thread with a connection of its own, however busy the
 * event loop here is, or from here while that cannot. The thread starts with the first lease, and never keeps the process alive. It is
 * told of the leases of an answer by one message, before their work begins, and reads in shared memory which of them are still held.
 */
export class Keeper {
  readonly #parts: KeeperParts
  readonly #leases = new HeldLeases()
  readonly #kept = new Map<number, Kept>()
  readonly #here: RenewalHere
  readonly #start: () => void
  readonly #tell: () => void
  #untold: number[] = []
  #everyMs = Number.POSITIVE_INFINITY
  #thread: Worker | undefined
  #deaths = 0
  #isClosed = false

  constructor(parts: KeeperParts) {
    this.#parts = parts
    this.#start = keepContext(() => this.#startThread())
    this.#tell = () => this.#tellAll(this.#untold.splice(0))
    const { warn } = parts
    this.#here = new RenewalHere({
      ...{ clock: systemClock, leases: this.#leases, warn },
      renew: () => this.#renewHere(),
    })
  }

  /** Renews a lease until the function that is returned is called; calls `lost` if it is gone before. */
  keep({ fence, owner }: Kept, leaseMs: number, lost: () => void): () => void {
    if (this.#isClosed) return () => {}
    const { hop, lease } = fence
    // The thread knows it by its place and its fence.
    const place = this.#leases.add({ token: 0, hop, lease }, lost)
    this.#kept.set(place, { fence, owner })
    if (this.#untold.push(place) === 1) queueMicrotask(this.#tell)
    this.#quicken(Math.max(1, Math.floor(Math.min(leaseMs / 3, longestMs))))
    let isKept = true
    return () => {
      if (!isKept) return
      isKept = false
      this.#leases.remove(place)
      this.#kept.delete(place)
    }
  }

  /** Ends the thread, and resolves when its connections are closed. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#here.close()
    if (this.#thread) await endThread(this.#thread)
  }

  #quicken(ms: number): void {
    if (ms < this.#everyMs) {
      this.#everyMs = ms
      this.#thread?.postMessage({ kind: 'renew', everyMs: ms })
      this.#here.quicken(ms)
    }
    if (!this.#thread && this.#deaths === 0) this.#start()
  }

  #tellAll(places: readonly number[]): void {
    const leases = places.flatMap((place) => {
      const kept = this.#kept.get(place)
      return kept ? [[place, this.#leases.markOf(place), kept.owner, kept.fence]] : []
    })
    if (leases.length > 0) this.#thread?.postMessage({ kind: 'keep', leases })
  }

  #startThread(): void {
    const { reach } = this.#parts
    if (this.#thread || this.#isClosed) return
    try {
      const thread = new Worker(new URL('./keeper-thread.mjs', import.meta.url), {
        workerData: { ...reach, marks: this.#leases.shared.marks },
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
      this.#untold = []
      this.#tellAll([...this.#kept.keys()])
    } catch (error) {
      this.#sayDown((error as Error).message)
      this.#died()
    }
  }

  #receive(said: Said): void {
    if (said.kind === 'lost') return this.#leases.reportLost(said.gone)
    if (said.kind === 'up') return this.#here.stop()
    this.#sayDown(said.message)
    this.#here.start(this.#everyMs)
  }

  #died(): void {
    this.#thread = undefined
    if (this.#isClosed) return
    this.#deaths++
    this.#here.start(this.#everyMs)
    if (this.#deaths < maxDeaths) setTimeout(this.#start, restartMs).unref()
  }

  #sayDown(message: string): void {
    if (!this.#isClosed)
      this.#parts.warn(
        `The thread that renews leases has failed, so that they are renewed from the event loop: ${message}`,
      )
  }

  async #renewHere(): Promise<readonly Gone[]> {
    const all = [...this.#leases.all()].map(({ place, mark }) => ({ place, mark, ...this.#kept.get(place)! }))
    const gone: Gone[] = []
    for (const owner of new Set(all.map((each) => each.owner))) {
      const own = all.filter((each) => each.owner === owner)
      const held = await this.#parts.extend(
        owner,
        own.map(({ fence }) => fence),
      )
      const there = new Set(held.map(keyOf))
      for (const { place, mark, fence } of own) if (!there.has(keyOf(fence))) gone.push([place, mark])
    }
    return gone
  }
}

// Without the queue: a newer version may call it by another name meanwhile.
function keyOf({ id, hop, lease }: Fence): string {
  return `${lease} ${hop} ${id}`
}
