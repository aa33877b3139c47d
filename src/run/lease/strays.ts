import type { Backend, LeaseRequest } from '../../queue/backend.ts'
import type { Fence } from '../../queue/change.ts'
import { release } from '../../queue/plan.ts'
import type { Leased } from '../../queue/rows.ts'
import type { Log } from '../log.ts'

/** What is needed to find strays. */
export interface StraysParts {
  readonly backend: Backend
  readonly log: Log
  /** Whether this process holds the lease. */
  readonly isHeld: (fence: Fence) => boolean
}

/** Number of looks that find nothing, after a request has failed, until nothing more is expected of it. */
const looksToEnd = 4

/**
 * Leases that this process was given and never heard of, since the answer was lost.
 *
 * What a backend lists as leased by this process and is not held here is a stray, or the answer is still on its way. So a
 * lease is given back only if it is listed a second time when every request that was under way at the first time has
 * ended, with an answer or without. Strays are looked for after a request has failed, some times (a request that
 * seems lost may still arrive), and as long as there may be any.
 */
export class Strays {
  readonly #parts: StraysParts
  readonly #underWay = new Set<object>()
  /** What was listed, with the requests that were under way then. */
  #seen = new Map<string, ReadonlySet<object>>()
  #looksLeft = 0

  constructor(parts: StraysParts) {
    this.#parts = parts
  }

  /** Asks the backend for a lease, and remembers that this is under way. */
  async lease(queue: string, request: LeaseRequest): Promise<readonly Leased[]> {
    const asking = {}
    this.#underWay.add(asking)
    try {
      return await this.#parts.backend.lease(queue, request)
    } catch (error) {
      this.#looksLeft = looksToEnd
      throw error
    } finally {
      this.#underWay.delete(asking)
    }
  }

  /** Whether there may be any. */
  mayBe(): boolean {
    return this.#looksLeft > 0 || this.#seen.size > 0
  }

  /** Takes note of what the backend lists beside what is held, and gives back what nobody will hear of. */
  async look(listed: readonly Fence[]): Promise<void> {
    if (this.#looksLeft > 0) this.#looksLeft--
    const before = this.#seen
    this.#seen = new Map()
    const found: Fence[] = []
    for (const fence of listed) {
      if (this.#parts.isHeld(fence)) continue
      const key = JSON.stringify(fence)
      const requests = before.get(key)
      if (requests && ![...requests].some((each) => this.#underWay.has(each))) found.push(fence)
      else this.#seen.set(key, requests ?? new Set(this.#underWay))
    }
    await Promise.all(found.map((fence) => this.#giveBack(fence)))
  }

  async #giveBack(fence: Fence): Promise<void> {
    const { backend, log } = this.#parts
    const { queue, id } = fence
    try {
      await backend.commit([release(fence)])
      log.info('A lease whose answer was lost was given back.', { queue, id })
    } catch (error) {
      log.debug('A lease whose answer was lost could not be given back; it runs out.', {
        queue,
        id,
        error: (error as Error).message,
      })
    }
  }
}
