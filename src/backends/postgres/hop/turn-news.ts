import type { Leased } from '../../../queue/rows.ts'
import { kindOf, Metering, minuteMs } from '../../../queue/rules/metering.ts'
import { News } from '../commit/news.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { QueueNames } from '../tables/queue-names.ts'
import { type LeasedCells, leasedOf } from '../tables/row.ts'
import type { PlainHop } from './plain-hop.ts'
import type { PlainLease } from './plain-lease.ts'
import type { PlainPush } from './plain-push.ts'
import type { PlainWork } from './plain-work.ts'

/** What has become of the work of a turn. */
export interface TurnDone {
  readonly hops: readonly boolean[]
  readonly entries: readonly boolean[]
  /** Undefined for a lease that has to go the long way. */
  readonly leases: readonly (readonly (LeasedCells & { readonly arrived_at?: number })[] | undefined)[]
  /** The names of gates at which more may pass. */
  readonly rung: readonly string[]
  readonly moment: { readonly now: number; readonly elapsed: number }
}

/** What waiting workers, and the meters, are told of a turn. */
export class TurnNews {
  readonly news = new News()
  readonly meters = new Metering<number>(minuteMs)
  /** Queues in which something is left, though a lease of this turn has got less than it has asked for: a refused message had its seat. */
  readonly short = new Set<QueueEntry>()
  /** The messages of each lease. */
  readonly messages: readonly (readonly Leased[] | undefined)[]
  readonly #moment: TurnDone['moment']

  constructor(names: QueueNames, work: PlainWork, done: TurnDone) {
    this.#moment = done.moment
    for (const [i, hop] of work.hops.entries()) if (done.hops[i]) this.#tellHop(hop)
    for (const [i, entry] of work.entries.entries()) if (done.entries[i]) this.#tellEntry(entry)
    this.messages = done.leases.map((cells, i) => cells && this.#tellLease(work.leases[i]!, cells))
    this.#keepForOthers(work, done)
    for (const gate of done.rung) this.#ring(gate, { names, work, done })
  }

  #tellHop({ pop, push, from, to }: PlainHop): void {
    this.#tellArrival({ push, to })
    const { workMs } = pop
    this.meters.tell({ at: this.#moment.now, queue: from.ref, to: to.ref, kind: 'moved', workMs })
  }

  #tellEntry(entry: PlainPush): void {
    this.#tellArrival(entry)
    this.meters.tell({
      at: this.#moment.now,
      queue: entry.to.ref,
      to: undefined,
      kind: kindOf('entered', undefined),
      workMs: undefined,
    })
  }

  #tellArrival({ push: { delayMs = 0 }, to }: Pick<PlainPush, 'push' | 'to'>): void {
    if (delayMs > 0) this.news.expectDue(Math.ceil(this.#moment.now + delayMs))
    else this.news.notify(to)
  }

  #tellLease(
    { queue, request, pass }: PlainLease,
    cells: NonNullable<TurnDone['leases'][number]>,
  ): readonly Leased[] {
    const { now, elapsed } = this.#moment
    if (cells.length > 0) this.news.expectUntil(elapsed + Math.min(request.leaseMs, request.timeoutMs))
    const inTurn = cells.length < 2 || pass !== undefined ? cells : cells.toSorted(byTurn)
    return inTurn.map((row) => {
      if (row.lease === 1) this.meters.tellLease(now, queue.ref, { ageMs: now - (row.arrived_at ?? now) })
      return leasedOf(row)
    })
  }

  // What has come and was leased in the same turn is nothing to others.
  #keepForOthers({ hops, entries, leases }: PlainWork, done: TurnDone): void {
    const left = new Map<QueueEntry, number>()
    const add = (queue: QueueEntry, count: number) => left.set(queue, (left.get(queue) ?? 0) + count)
    for (const [i, { to }] of hops.entries()) if (done.hops[i]) add(to, 1)
    for (const [i, { to }] of entries.entries()) if (done.entries[i]) add(to, 1)
    for (const [i, { queue }] of leases.entries()) add(queue, -(done.leases[i]?.length ?? 0))
    for (const [queue, count] of left) {
      if (count <= 0) this.news.own.add(queue)
      else if (leases.some((lease, i) => lease.queue === queue && isShort(lease, done.leases[i])))
        this.short.add(queue)
    }
  }

  // More may pass at a gate: elsewhere too, unless a lease of this turn has found no more.
  #ring(gate: string, { names, work, done }: { names: QueueNames; work: PlainWork; done: TurnDone }): void {
    const { news } = this
    news.rung.add(gate)
    for (const queue of names.standing(gate)) {
      news.notify(queue)
      const isAllTaken = work.leases.some(
        (lease, i) => lease.queue === queue && isShort(lease, done.leases[i]),
      )
      if (isAllTaken) news.own.add(queue)
      else news.own.delete(queue)
    }
  }
}

/** Whether a lease has got less than it has asked for. */
function isShort({ request }: PlainLease, cells: TurnDone['leases'][number]): boolean {
  return cells !== undefined && cells.length < (request.limit ?? 1)
}

function byTurn(a: LeasedCells, b: LeasedCells): number {
  return Number(a.suspect) - Number(b.suspect) || a.priority - b.priority || a.token - b.token
}
