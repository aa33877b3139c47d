import type { Leased, Status } from '../../queue/backend.ts'
import type { Change, Fence } from '../../queue/change.ts'

interface Presence {
  queue: string
  hop: number
  lease: number
  status: Status
  /** When it is due, or its lease runs out. */
  at: number
}

/**
 * What a backend is, in a few lines: each id is in one queue or in none. Everything random that is done to a
 * backend is done to this too, and both must agree.
 */
export class Model {
  #here = new Map<string, Presence>()
  #hops = new Map<string, number>()

  /** Where `id` is. */
  whereIs(id: string): Readonly<Presence> | undefined {
    return this.#here.get(id)
  }

  /** The status of every message of `queue`. */
  statuses(queue: string): readonly Status[] {
    return [...this.#here.values()].filter((each) => each.queue === queue).map(({ status }) => status)
  }

  /** The ids that a lease of `queue` at `now` may get. */
  leasable(queue: string, now: number): readonly string[] {
    for (const each of this.#here.values()) {
      const waits = each.status === 'leased' || each.status === 'delayed'
      if (each.queue === queue && waits && each.at <= now) each.status = 'ready'
    }
    return [...this.#here]
      .filter(([, each]) => each.queue === queue && each.status === 'ready')
      .map(([id]) => id)
  }

  /** Remembers that the backend leased this. */
  lease({ id, lease }: Leased, untilAt: number): void {
    Object.assign(this.#here.get(id)!, { status: 'leased', lease, at: untilAt })
  }

  /** Applies all of `changes` if they are right, and says whether they are. */
  commit(changes: readonly Change[], now: number): boolean {
    const [here, hops] = [structuredClone(this.#here), structuredClone(this.#hops)]
    if (changes.every((change) => this.#apply(change, now))) return true
    this.#here = here
    this.#hops = hops
    return false
  }

  #apply(change: Change, now: number): boolean {
    if (change.kind === 'push') return this.#push(change, now)
    const { id, queue } = change
    const found = this.#here.get(id)
    if (found?.queue !== queue) return false
    if (change.kind === 'take') return this.#here.delete(id)
    if (change.kind === 'revive') return found.status === 'dead' && this.#set(found, 'ready')
    if (!holds(found, change)) return false
    if (change.kind === 'pop') return this.#here.delete(id)
    if (change.kind === 'bury') return this.#set(found, 'dead')
    if (change.kind === 'postpone')
      return this.#set(found, change.delayMs ? 'delayed' : 'ready', now + change.delayMs)
    return true
  }

  #push({ queue, token: { id, hop }, enter, delayMs = 0 }: Change & { kind: 'push' }, now: number): boolean {
    const known = this.#hops.get(id) ?? 0
    if (enter === 'ignore' && known) return true
    if (enter === 'refuse' && known) return false
    const next = enter ? known + 1 : hop
    this.#hops.set(id, next)
    this.#here.set(id, {
      queue,
      hop: next,
      lease: 0,
      status: delayMs ? 'delayed' : 'ready',
      at: now + delayMs,
    })
    return true
  }

  #set(presence: Presence, status: Status, at = 0): boolean {
    Object.assign(presence, { status, at })
    return true
  }
}

function holds(found: Presence, { hop, lease }: Fence): boolean {
  return found.status === 'leased' && found.hop === hop && found.lease === lease
}
