import { leaseLost } from '../../../queue/refusals.ts'
import type { Request } from '../commit/request.ts'
import type { QueueNames } from '../tables/queue-names.ts'
import type { PlainHop } from './plain-hop.ts'
import type { PlainLease } from './plain-lease.ts'
import type { PlainPush } from './plain-push.ts'
import type { PlainWork } from './plain-work.ts'

/** A request, and what it is. */
export interface Asked<Plain> {
  readonly request: Request
  readonly plain: Plain
}

/** What was asked for, by what it is. */
export class Sorted {
  readonly hops: Asked<PlainHop>[] = []
  readonly entries: Asked<PlainPush>[] = []
  readonly leases: Asked<PlainLease>[] = []
  /** What is left to the rules. */
  readonly rest: Request[] = []
  readonly #moving = new Set<number>()

  /** Adds requests. Of a token one hop at most, in the order of their numbers, so that no two turns wait for each other. */
  add(requests: readonly Request[], names: QueueNames): void {
    for (const request of requests) {
      const { work, inHandSince } = request
      const lease = inHandSince === undefined ? work.plainLease?.(names) : undefined
      const hop = lease ? undefined : work.plainHop?.(names)
      const entry = lease || hop ? undefined : work.plainEntry?.(names)
      if (lease) this.leases.push({ request, plain: lease })
      else if (entry) this.entries.push({ request, plain: entry })
      else if (hop && !this.#moving.has(hop.token)) {
        this.#moving.add(hop.token)
        this.hops.push({ request, plain: hop })
      } else this.rest.push(request)
    }
    this.hops.sort((a, b) => a.plain.token - b.plain.token)
  }

  /** Whether there is nothing but what is left to the rules. */
  get isEmpty(): boolean {
    return this.hops.length + this.entries.length + this.leases.length === 0
  }

  /** What one statement is to do. */
  get work(): PlainWork {
    return {
      hops: this.hops.map(plainOf),
      entries: this.entries.map(plainOf),
      leases: this.leases.map(plainOf),
    }
  }

  /** All requests. */
  get requests(): readonly Request[] {
    return [...[...this.hops, ...this.entries, ...this.leases].map(({ request }) => request), ...this.rest]
  }

  /** Answers the hops and entries; what it means that a record, or an id, was there already is left to the rules. */
  answer({
    hops,
    entries,
  }: {
    readonly hops: readonly boolean[]
    readonly entries: readonly boolean[]
  }): void {
    for (const [i, { request, plain }] of this.hops.entries()) {
      if (hops[i]) request.resolve(done as never)
      else if (plain.record) this.rest.push(request)
      else request.reject(leaseLost(plain.pop))
    }
    for (const [i, { request }] of this.entries.entries()) {
      if (entries[i]) request.resolve(done as never)
      else this.rest.push(request)
    }
  }
}

const done = { repeated: false, skipped: [] } as const

function plainOf<Plain>({ plain }: Asked<Plain>): Plain {
  return plain
}
