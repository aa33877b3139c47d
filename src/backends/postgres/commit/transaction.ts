import type { PoolClient } from 'pg'
import { isPipewrightError } from '../../../queue/errors.ts'
import type { Database } from '../server/database.ts'
import { isLost, isTransient, isUndone, Undone } from '../server/failures.ts'
import { plansFewRows } from '../server/few-rows.ts'
import { flushes } from '../server/flushes.ts'
import { answerMs, closingMs, longAnswerMs, lostMs, Outage } from '../server/patience.ts'
import { sayUnknown } from '../server/say-failure.ts'
import { fetch } from './fetch.ts'
import { Fetched } from './fetched.ts'
import { Foresight, neededBy } from './foresight.ts'
import { type Locking, locksOf } from './locks.ts'
import { Needs, NeedsAlone, NeedsZone } from './needs.ts'
import { OpenTransaction } from './open-transaction.ts'
import { InHand, type Request } from './request.ts'
import type { Turns } from './turns.ts'

/** What is known when a transaction begins, maybe not for the first time. */
interface Trying {
  readonly known: Needs
  readonly isAlone: boolean
  readonly zones: ReadonlySet<string>
  /** When the first try has begun, by `performance.now`. */
  readonly since: number
}

/** A transaction that has been committed. */
export interface Committed {
  readonly open: OpenTransaction
}

/** A request has failed that had written already: what the others did has to be rolled back with it. */
export class Failed extends Undone {
  constructor(cause: unknown) {
    super('A request has failed after it had written.', { cause })
  }
}

/** The answer to its COMMIT was lost. */
class Unanswered extends Error {
  readonly open: OpenTransaction
  readonly turn: number
  readonly client: PoolClient

  constructor(cause: unknown, { open, turn, client }: Pick<Unanswered, 'open' | 'turn' | 'client'>) {
    super('The answer to a COMMIT was lost.', { cause })
    this.open = open
    this.turn = turn
    this.client = client
  }
}

/** Runs requests in one transaction. */
export class Transaction {
  readonly #database: Database
  readonly #turns: Turns
  readonly #slot: number

  constructor(database: Database, slot: number, turns: Turns) {
    this.#database = database
    this.#turns = turns
    this.#slot = slot
  }

  /**
   * Runs `requests`, sets their outcomes, and commits. Rejects, and nothing was done, if that is not possible; or, if that was lost in a
   * COMMIT, with a `BackendError` that says that it is not known.
   */
  async run(requests: readonly Request[]): Promise<Committed> {
    const known = new Needs()
    const zones = new Set<string>()
    const since = performance.now()
    let isAlone = requests.some(({ work }) => work.isAlone)
    const outage = new Outage(() => (this.#database.isClosing ? closingMs : lostMs))
    for (let tries = 1; ; tries++) {
      try {
        for (const { work } of requests)
          for (const zone of work.zones?.(this.#database.names) ?? []) zones.add(zone)
        return await this.#database.connected((client) =>
          this.#runOn(client, requests, { known, isAlone, zones, since }),
        )
      } catch (error) {
        // What a transaction that is alone has marked in the names was not recorded.
        if (isAlone) this.#database.forget()
        if (error instanceof NeedsAlone) isAlone = true
        else if (error instanceof NeedsZone) zones.add(error.zone)
        else if (error instanceof Unanswered && (await this.#wasDone(error))) return { open: error.open }
        else if (error instanceof Unanswered) await outage.bear(error.cause)
        else if (isLost(error)) await outage.bear(error)
        else if (!isTransient(error) || tries >= maxTries) throw error
        else await pause(tries)
      }
    }
  }

  async #wasDone({ turn, client, cause }: Unanswered): Promise<boolean> {
    const { knowsSessions, where } = this.#database
    const { processID } = client as PoolClient & { readonly processID?: number }
    const found = await this.#turns.find(turn, knowsSessions ? processID : undefined)
    if (found === undefined) throw sayUnknown(where, cause)
    return found !== false
  }

  async #runOn(
    client: PoolClient,
    requests: readonly Request[],
    { known, isAlone, zones, since }: Trying,
  ): Promise<Committed> {
    let unanswered: ((error: unknown) => Unanswered) | undefined
    try {
      const how = beginOf(this.#database.schema, { isAlone, zones })
      const { names } = this.#database
      const needs = known.isEmpty ? neededBy(requests, names) : new Needs()
      const fetched = new Fetched()
      const hasZone = (zone: string) => isAlone || zones.has(zone)
      const session = await this.#database.begin(client, how, {
        // What is alone may take long.
        withinMs: isAlone ? longAnswerMs : answerMs,
        ahead: (beginning) => fetch({ session: beginning, fetched, hasZone }, needs, false),
      })
      // By other queues it would have been read otherwise.
      const isAhead = !needs.isEmpty && session.queues === names
      if (isAhead) known.addAll(needs)
      const open = new OpenTransaction({
        ...{ session, slot: this.#slot, isAlone, known, zones, since },
        fetched: isAhead ? fetched : new Fetched(),
        hasFetched: needs.locks,
      })
      await runEach(open, requests, isAhead)
      const taken = open.take()
      const turn = this.#turns.next()
      const recording = this.#turns.recording(turn, open.moment)
      unanswered = (error) => new Unanswered(error, { open, turn, client })
      await this.#database.statements.commit(client, { taken, recording }, answerMs)
      return { open }
    } catch (error) {
      if (unanswered && !isUndone(error)) throw unanswered(error)
      if (!isLost(error)) await this.#database.statements.run(client, 'rollback').catch(() => {})
      throw error
    }
  }
}

/** So often a transaction begins again that was in the way of another. */
const maxTries = 100

// The first tries follow at once.
function pause(tries: number): Promise<void> {
  return new Promise((resolve) =>
    setTimeout(resolve, tries < 3 ? 0 : Math.random() * Math.min(50, 2 * tries)),
  )
}

/** For so long a request waits for what another transaction has in hand, in milliseconds. */
const patienceMs = 500

function isPatient({ inHandSince }: Request): boolean {
  return inHandSince === undefined || performance.now() - inHandSince < patienceMs
}

async function runEach(open: OpenTransaction, requests: readonly Request[], isAhead: boolean): Promise<void> {
  const foresight = new Foresight(open, requests)
  if (!isAhead) await foresight.begin()
  for (const [at, request] of requests.entries()) {
    open.beginRequest()
    const { rules, run } = request.work
    try {
      if (rules) await foresight.before(at)
      request.outcome = { value: rules ? await open.run(rules) : await run!(open, isPatient(request)) }
    } catch (error) {
      if (error instanceof InHand) {
        request.inHandSince ??= performance.now()
        request.outcome = undefined
        continue
      }
      if (!isPipewrightError(error)) throw error
      if (open.isWritten && requests.length > 1) throw new Failed(error)
      if (open.isWritten) throw error
      open.takeBack()
      request.outcome = { error }
    }
  }
}

// Whatever is set for the role. What is alone may work on many rows.
function beginOf(schema: string, locking: Locking): string {
  const limits = 'set local statement_timeout = 0; set local lock_timeout = 0'
  const how = locking.isAlone ? limits : `${limits}; ${plansFewRows}`
  return `begin isolation level read committed; ${how}; ${flushes}; ${locksOf(schema, locking)}`
}
