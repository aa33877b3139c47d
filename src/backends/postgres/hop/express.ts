import type { Metering } from '../../../queue/rules/metering.ts'
import type { News } from '../commit/news.ts'
import type { Request } from '../commit/request.ts'
import type { Turns } from '../commit/turns.ts'
import type { HeldTokens } from '../lease/held-tokens.ts'
import type { Database } from '../server/database.ts'
import { isUndone } from '../server/failures.ts'
import { sayUnknown } from '../server/say-failure.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { Sorted } from './asked.ts'
import { gatesOf, standingWith } from './gated.ts'
import type { Isolation } from './isolation.ts'
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
    const { database, held, isolation, visible, committed } = this.#parts
    const asked = new Sorted()
    asked.add(first, database.names)
    if (asked.isEmpty) return first
    const announced = this.#changing(asked.work)
    if (announced.size > 0) visible(announced)
    asked.add(more(), database.names)
    const done = await this.#run(asked)
    if (done === undefined) return asked.rest
    if (done === 'stale') database.forget()
    else if (done === 'isolated') isolation.found()
    if (done === 'stale' || done === 'isolated' || done === 'undone') return asked.requests
    for (const { plain } of asked.hops) held.forget(plain.from.workflow, plain.pop.id)
    asked.answer(done)
    for (const [i, { request }] of asked.leases.entries()) {
      const rows = done.leases[i]
      if (rows) request.resolve(rows as never)
      else asked.rest.push(request)
    }
    for (const queue of announced) if (!done.short.has(queue)) done.news.announced.add(queue)
    committed({ news: done.news, meters: done.meters, session: done })
    return asked.rest
  }

  // Resolves with `undone` if nothing of it was done, and with undefined if its answer was lost: then all of it is answered, or among the rest.
  async #run(asked: Sorted): Promise<PlainDone | 'stale' | 'isolated' | 'undone' | undefined> {
    const { database, slot, turns } = this.#parts
    const { hops, entries, leases, work } = asked
    const turn = turns.next()
    let isSent = false
    const sent = () => {
      isSent = true
    }
    try {
      return await plainTurn({ database, writer: turns.writer, slot, turn, sent }, work)
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
      const done = {
        hops: hops.map((_, i) => isDone(i)),
        entries: entries.map((_, i) => isDone(hops.length + i)),
      }
      asked.answer(done)
      await this.#tell({ ...work, leases: [] }, done)
      return undefined
    }
  }

  // What was done is told, though what its answer would have said of it is not known: all its gates may let more pass.
  async #tell(work: PlainWork, done: Pick<PlainDone, 'hops' | 'entries'>): Promise<void> {
    const { database, committed } = this.#parts
    const { names } = database
    const session = await database
      .read(async ({ moment, beganAt }) => ({ moment, beganAt }))
      .catch(() => undefined)
    if (!session) return
    const rung = [...new Set(work.hops.flatMap(({ from }) => gatesOf(from)))]
    const { news, meters } = new TurnNews(names, work, { ...done, leases: [], rung, moment: session.moment })
    committed({ news, meters, session })
  }

  // The queues of which more may be leased after that.
  #changing({ hops, entries }: PlainWork): ReadonlySet<QueueEntry> {
    const { names } = this.#parts.database
    return new Set([
      ...[...hops, ...entries].flatMap(({ push, to }) => (push.delayMs ? [] : [to])),
      ...hops.flatMap(({ from }) => standingWith(from, names)),
    ])
  }
}
