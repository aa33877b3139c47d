import { leaseLost } from '../../../queue/refusals.ts'
import type { Metering } from '../../../queue/rules/metering.ts'
import type { News } from '../commit/news.ts'
import type { Request } from '../commit/request.ts'
import type { Turns } from '../commit/turns.ts'
import type { HeldTokens } from '../lease/held-tokens.ts'
import type { Database } from '../server/database.ts'
import { isUndone } from '../server/failures.ts'
import { sayUnknown } from '../server/say-failure.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { standingWith } from './gated.ts'
import type { Isolation } from './isolation.ts'
import type { PlainHop } from './plain-hop.ts'
import type { PlainLease } from './plain-lease.ts'
import { type PlainDone, plainTurn } from './plain-turn.ts'

interface ExpressParts {
  readonly database: Database
  readonly slot: number
  readonly turns: Turns
  readonly held: HeldTokens
  readonly isolation: Isolation
  /** Messages of these queues are about to become visible: what listeners ask for then is in the same turn. */
  readonly visible: (queues: ReadonlySet<QueueEntry>) => void
  /** A turn has been committed. */
  readonly committed: (done: Told) => void
}

/** What others are told of a turn. */
interface Told {
  readonly news: News
  readonly meters: Metering<number>
  readonly session: Pick<PlainDone, 'moment' | 'beganAt'>
}

interface Asked<Plain> {
  readonly request: Request
  readonly plain: Plain
}

/**
 * Does the plain hops and leases of a turn, which most are, in one statement. All others, and those for which that statement is not
 * enough, are left to the transaction that runs the rules.
 */
export class Express {
  readonly #parts: ExpressParts

  constructor(parts: ExpressParts) {
    this.#parts = parts
  }

  /** Does and answers what is plain of `first`, and of what is asked for meanwhile; resolves with the others. */
  async take(first: readonly Request[], more: () => readonly Request[]): Promise<readonly Request[]> {
    if (this.#parts.isolation.isOther) return first
    const sorted = this.#sort(first)
    if (sorted.hops.length + sorted.leases.length === 0) return first
    const { database, slot, turns, held, isolation, visible, committed } = this.#parts
    const announced = new Set(
      sorted.hops.flatMap(({ plain: { push, from, to } }) => [
        ...(push.delayMs ? [] : [to]),
        ...standingWith(from, database.names),
      ]),
    )
    if (announced.size > 0) visible(announced)
    const others = this.#sort(more(), sorted.hops)
    const hops = [...sorted.hops, ...others.hops].sort((a, b) => a.plain.token - b.plain.token)
    const leases = [...sorted.leases, ...others.leases]
    const rest = [...sorted.rest, ...others.rest]
    const requests = [...hops, ...leases].map(({ request }) => request)
    const turn = turns.next()
    let done: PlainDone | 'stale' | 'isolated'
    let isSent = false
    const sent = () => {
      isSent = true
    }
    try {
      done = await plainTurn(
        { database, writer: turns.writer, slot, turn, sent },
        hops.map(({ plain }) => plain),
        leases.map(({ plain }) => plain),
      )
    } catch (error) {
      // What was not sent, or was refused by the server, was not done.
      if (!isSent || isUndone(error)) return [...requests, ...rest]
      const found = await turns.find(turn, undefined)
      if (found === false) return [...requests, ...rest]
      const unknown = sayUnknown(database.where, error)
      // What they may have brought is found, and given back, by those who are told that it is not known.
      for (const { request } of found ? leases : [...hops, ...leases]) request.reject(unknown)
      if (found) rest.push(...answerHops(hops, (i) => !found.refused.includes(i + 1)))
      return rest
    }
    if (done === 'stale' || done === 'isolated') {
      if (done === 'stale') database.forget()
      else isolation.found()
      return [...requests, ...rest]
    }
    const { hops: isDone } = done
    for (const { plain } of hops) held.forget(plain.from.workflow, plain.pop.id)
    rest.push(...answerHops(hops, (i) => isDone[i]!))
    for (const [i, { request }] of leases.entries()) {
      const rows = done.leases[i]
      if (rows) request.resolve(rows as never)
      else rest.push(request)
    }
    for (const queue of announced) done.news.announced.add(queue)
    committed({ news: done.news, meters: done.meters, session: done })
    return rest
  }

  // Of a token one hop at most, in the order of their numbers, so that no two turns wait for each other.
  #sort(
    requests: readonly Request[],
    before: readonly Asked<PlainHop>[] = [],
  ): {
    readonly hops: readonly Asked<PlainHop>[]
    readonly leases: readonly Asked<PlainLease>[]
    readonly rest: readonly Request[]
  } {
    const { names } = this.#parts.database
    const taken = new Set(before.map(({ plain }) => plain.token))
    const hops: Asked<PlainHop>[] = []
    const leases: Asked<PlainLease>[] = []
    const rest: Request[] = []
    for (const request of requests) {
      const { work, inHandSince } = request
      const lease = inHandSince === undefined ? work.plainLease?.(names) : undefined
      const hop = work.plainHop?.(names)
      if (lease) leases.push({ request, plain: lease })
      else if (hop && !taken.has(hop.token)) {
        taken.add(hop.token)
        hops.push({ request, plain: hop })
      } else rest.push(request)
    }
    return { hops, leases, rest }
  }
}

const done = { repeated: false, skipped: [] } as const

// What a hop is whose record was there already is left to the rules: those are returned.
function answerHops(
  hops: readonly Asked<PlainHop>[],
  isDone: (place: number) => boolean,
): readonly Request[] {
  const again: Request[] = []
  for (const [i, { request, plain }] of hops.entries()) {
    if (isDone(i)) request.resolve(done as never)
    else if (plain.record) again.push(request)
    else request.reject(leaseLost(plain.pop))
  }
  return again
}
