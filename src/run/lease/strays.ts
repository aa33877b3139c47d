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

/** Number of looks that find nothing, after a request has failed, until nothing more is expected of it; those before their gap is whole do not count. */
const looksToEnd = 4
/** The first look comes so soon after a request has failed; the gap to the next is twice as long each time, up to that between renewals. */
const firstGapMs = 500

/**
 * Leases that this process was given without knowing, since the answer was lost.
 *
 * A lease that the backend lists for this process and that is not held here is a stray, or its answer is still on its way.
 * So it is given back only if it is listed a second time after every request that was under way the first time has ended,
 * with an answer or without. The keeper looks for strays soon after a failed request, and a few times more (a request that
 * seems lost may still arrive), and for as long as there may be any.
 */
export class Strays {
  readonly #parts: StraysParts
  readonly #underWay = new Set<object>()
  /** What was listed, with the requests that were under way then. */
  #seen = new Map<string, ReadonlySet<object>>()
  #looksLeft = 0
  #gapMs = firstGapMs
  #isGapWhole = false

  constructor(parts: StraysParts) {
    this.#parts = parts
  }

  /** Leases from the backend, and remembers that the request is under way. */
  async lease(queue: string, request: LeaseRequest): Promise<readonly Leased[]> {
    const asking = {}
    this.#underWay.add(asking)
    try {
      return await this.#parts.backend.lease(queue, request)
    } catch (error) {
      this.lost()
      throw error
    } finally {
      this.#underWay.delete(asking)
    }
  }

  /** Says that there may be some now, of a request that has failed. */
  lost(): void {
    // While requests go on failing it is not looked more often.
    if (!this.mayBe()) this.#gapMs = firstGapMs
    this.#looksLeft = looksToEnd
  }

  /** Whether there may be any. */
  mayBe(): boolean {
    return this.#looksLeft > 0 || this.#seen.size > 0
  }

  /** How long to wait for the next look, where renewals are `everyMs` apart. */
  gapMs(everyMs: number): number {
    return this.mayBe() ? Math.min(this.#gapMs, everyMs) : everyMs
  }

  /** Says that a look begins after that gap. */
  begin(everyMs: number): void {
    this.#isGapWhole = this.#gapMs >= everyMs
    if (!this.#isGapWhole) this.#gapMs *= 2
  }

  /** Records what the backend lists beside what is held, and gives back the leases whose answer will not come any more. */
  async look(listed: readonly Fence[]): Promise<void> {
    if (this.#looksLeft > 0 && this.#isGapWhole) this.#looksLeft--
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
