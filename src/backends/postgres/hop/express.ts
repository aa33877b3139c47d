import { leaseLost } from '../../../queue/refusals.ts'
import { commonNames } from '../../../queue/rules/gate-record.ts'
import type { Metering } from '../../../queue/rules/metering.ts'
import type { News } from '../commit/news.ts'
import type { Request } from '../commit/request.ts'
import type { Turns } from '../commit/turns.ts'
import type { HeldTokens } from '../lease/held-tokens.ts'
import type { Database } from '../server/database.ts'
import { isUndone } from '../server/failures.ts'
import { sayUnknown } from '../server/say-failure.ts'
import { type QueueEntry, standOf } from '../tables/queue-entry.ts'
import { standingWith } from './gated.ts'
import type { Isolation } from './isolation.ts'
import type { PlainHop } from './plain-hop.ts'
import type { PlainLease } from './plain-lease.ts'
import type { PlainPush } from './plain-push.ts'
import { type PlainDone, plainTurn } from './plain-turn.ts'
import type { PlainWork } from './plain-work.ts'
import { TurnNews } from './turn-news.ts'

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

/** What was asked for, by what it is. */
interface Sorted {
  readonly hops: readonly Asked<PlainHop>[]
  readonly entries: readonly Asked<PlainPush>[]
  readonly leases: readonly Asked<PlainLease>[]
  readonly rest: readonly Request[]
}

/**
 * Does the plain work of a turn, which most is, in one statement. All other, and that for which the statement is not enough, is left to the
 * transaction that runs the rules.
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
    if (sorted.rest.length === first.length) return first
    const { database, held, isolation, visible, committed } = this.#parts
    const announced = this.#changing(sorted)
    if (announced.size > 0) visible(announced)
    const asked = together(sorted, this.#sort(more(), sorted.hops))
    const { hops, entries, leases } = asked
    const { rest } = asked
    const done = await this.#run(asked)
    if (done === undefined) return rest
    if (done === 'stale') database.forget()
    else if (done === 'isolated') isolation.found()
    if (done === 'stale' || done === 'isolated' || done === 'undone')
      return [...requestsOf(hops), ...requestsOf(entries), ...requestsOf(leases), ...rest]
    for (const { plain } of hops) held.forget(plain.from.workflow, plain.pop.id)
    rest.push(...answerHops(hops, (i) => done.hops[i]!), ...answerEntries(entries, (i) => done.entries[i]!))
    for (const [i, { request }] of leases.entries()) {
      const rows = done.leases[i]
      if (rows) request.resolve(rows as never)
      else rest.push(request)
    }
    for (const queue of announced) if (!done.short.has(queue)) done.news.announced.add(queue)
    committed({ news: done.news, meters: done.meters, session: done })
    return rest
  }

  // Resolves with `undone` if nothing of it was done, and with undefined if its answer was lost: then all of it is answered, or among the rest.
  async #run(
    asked: Sorted & { readonly rest: Request[] },
  ): Promise<PlainDone | 'stale' | 'isolated' | 'undone' | undefined> {
    const { database, slot, turns } = this.#parts
    const { hops, entries, leases, rest } = asked
    const turn = turns.next()
    let isSent = false
    const sent = () => {
      isSent = true
    }
    try {
      return await plainTurn(
        { database, writer: turns.writer, slot, turn, sent },
        { hops: plainOf(hops), entries: plainOf(entries), leases: plainOf(leases) },
      )
    } catch (error) {
      // What was not sent, or was refused by the server, was not done.
      if (!isSent || isUndone(error)) return 'undone'
      const found = await turns.find(turn, undefined)
      if (found === false) return 'undone'
      const unknown = sayUnknown(database.where, error)
      // What they may have brought is found, and given back, by those who are told that it is not known.
      for (const { request } of found ? leases : [...hops, ...entries, ...leases]) request.reject(unknown)
      if (!found) return undefined
      const isDone = (place: number) => !found.refused.includes(place + 1)
      rest.push(...answerHops(hops, isDone), ...answerEntries(entries, (i) => isDone(hops.length + i)))
      await this.#tell({
        hops: plainOf(hops.filter((_, i) => isDone(i))),
        entries: plainOf(entries.filter((_, i) => isDone(hops.length + i))),
      })
      return undefined
    }
  }

  // What was done is told, though what its answer would have said of it is not known: all its gates may let more pass.
  async #tell({ hops, entries }: Pick<PlainWork, 'hops' | 'entries'>): Promise<void> {
    const { database, committed } = this.#parts
    const { names } = database
    const session = await database
      .read(async ({ moment, beganAt }) => ({ moment, beganAt }))
      .catch(() => undefined)
    if (!session) return
    const rung = hops.flatMap(({ from }) => (from.gated ? commonNames(standOf(from)) : []))
    const { news, meters } = new TurnNews(
      names,
      { hops, entries, leases: [] },
      {
        ...{ hops: hops.map(() => true), entries: entries.map(() => true), leases: [] },
        ...{ rung: [...new Set(rung)], moment: session.moment },
      },
    )
    committed({ news, meters, session })
  }

  // The queues of which more may be leased after that.
  #changing({ hops, entries }: Sorted): ReadonlySet<QueueEntry> {
    const { names } = this.#parts.database
    return new Set([
      ...[...hops, ...entries].flatMap(({ plain: { push, to } }) => (push.delayMs ? [] : [to])),
      ...hops.flatMap(({ plain }) => standingWith(plain.from, names)),
    ])
  }

  // Of a token one hop at most, in the order of their numbers, so that no two turns wait for each other.
  #sort(requests: readonly Request[], before: readonly Asked<PlainHop>[] = []): Sorted {
    const { names } = this.#parts.database
    const taken = new Set(before.map(({ plain }) => plain.token))
    const hops: Asked<PlainHop>[] = []
    const entries: Asked<PlainPush>[] = []
    const leases: Asked<PlainLease>[] = []
    const rest: Request[] = []
    for (const request of requests) {
      const { work, inHandSince } = request
      const lease = inHandSince === undefined ? work.plainLease?.(names) : undefined
      const hop = work.plainHop?.(names)
      const entry = work.plainEntry?.(names)
      if (lease) leases.push({ request, plain: lease })
      else if (entry) entries.push({ request, plain: entry })
      else if (hop && !taken.has(hop.token)) {
        taken.add(hop.token)
        hops.push({ request, plain: hop })
      } else rest.push(request)
    }
    return { hops, entries, leases, rest }
  }
}

function together(one: Sorted, two: Sorted): Sorted & { readonly rest: Request[] } {
  return {
    hops: [...one.hops, ...two.hops].sort((a, b) => a.plain.token - b.plain.token),
    entries: [...one.entries, ...two.entries],
    leases: [...one.leases, ...two.leases],
    rest: [...one.rest, ...two.rest],
  }
}

function requestsOf(asked: readonly Asked<unknown>[]): readonly Request[] {
  return asked.map(({ request }) => request)
}

function plainOf<Plain>(asked: readonly Asked<Plain>[]): readonly Plain[] {
  return asked.map(({ plain }) => plain)
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

// What it means that an id is known, or a record, is left to the rules: those are returned.
function answerEntries(
  entries: readonly Asked<PlainPush>[],
  isDone: (place: number) => boolean,
): readonly Request[] {
  const again: Request[] = []
  for (const [i, { request }] of entries.entries()) {
    if (isDone(i)) request.resolve(done as never)
    else again.push(request)
  }
  return again
}
