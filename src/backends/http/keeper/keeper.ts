import type { Fence } from '../../../queue/change.ts'
import { systemClock } from '../../../queue/clock.ts'
import { fenceKey } from '../../../queue/fence-key.mjs'
import { type Gone, HeldLeases } from '../../../queue/held-leases.ts'
import { RenewalHere } from '../../../queue/renewal-here.ts'
import { RenewalThread } from '../../../queue/renewal-thread.ts'
import type { HttpTls } from '../http-options.ts'

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

/** Leases are renewed so often at least, in milliseconds, however long they are. */
const longestMs = 10_000

/**
 * Renews the leases of this process at a third of the shortest of them: from a thread with a connection of its own, however busy the
 * event loop here is, or from here while that cannot. The thread starts with the first lease, and never keeps the process alive. It is
 * told of the leases of an answer by one message, before their work begins, and reads in shared memory which of them are still held.
 */
export class Keeper {
  readonly #parts: KeeperParts
  readonly #leases = new HeldLeases()
  readonly #kept = new Map<number, Kept>()
  readonly #thread: RenewalThread
  readonly #tell: () => void
  #untold: number[] = []

  constructor(parts: KeeperParts) {
    this.#parts = parts
    this.#tell = () => this.#tellAll(this.#untold.splice(0))
    const { reach, warn } = parts
    const leases = this.#leases
    this.#thread = new RenewalThread({
      ...{ leases, warn, of: '' },
      run: {
        module: new URL('./keeper-thread.mjs', import.meta.url),
        workerData: { ...reach, marks: leases.shared.marks },
      },
      here: new RenewalHere({ clock: systemClock, leases, warn, renew: () => this.#renewHere() }),
      began: () => {
        this.#untold = []
        this.#tellAll([...this.#kept.keys()])
      },
    })
  }

  /** Renews a lease until the function that is returned is called; calls `lost` if it is gone before. */
  keep({ fence, owner }: Kept, leaseMs: number, lost: () => void): () => void {
    if (this.#thread.isClosed) return () => {}
    const { hop, lease } = fence
    // The thread knows it by its place and its fence.
    const place = this.#leases.add({ token: 0, hop, lease }, lost)
    this.#kept.set(place, { fence, owner })
    if (this.#untold.push(place) === 1) queueMicrotask(this.#tell)
    this.#thread.expect(Math.max(1, Math.floor(Math.min(leaseMs / 3, longestMs))))
    this.#thread.keep()
    let isKept = true
    return () => {
      if (!isKept) return
      isKept = false
      this.#leases.remove(place)
      this.#kept.delete(place)
    }
  }

  /** Ends the thread, and resolves when its connections are closed. */
  close(): Promise<void> {
    return this.#thread.close()
  }

  #tellAll(places: readonly number[]): void {
    const leases = places.flatMap((place) => {
      const kept = this.#kept.get(place)
      return kept ? [[place, this.#leases.markOf(place), kept.owner, kept.fence]] : []
    })
    if (leases.length > 0) this.#thread.post({ kind: 'keep', leases })
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
      const there = new Set(held.map(fenceKey))
      for (const { place, mark, fence } of own) if (!there.has(fenceKey(fence))) gone.push([place, mark])
    }
    return gone
  }
}
