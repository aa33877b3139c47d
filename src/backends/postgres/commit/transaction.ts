import type { PoolClient } from 'pg'
import { isPipewrightError } from '../../../queue/errors.ts'
import type { Database } from '../server/database.ts'
import { isServerError, isTransient, sayUnknown } from '../server/say-failure.ts'
import { locksOf } from './locks.ts'
import { Needs, NeedsAlone, NeedsZone } from './needs.ts'
import { OpenTransaction } from './open-transaction.ts'
import { InHand, type Request } from './request.ts'

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
export class Failed extends Error {
  constructor(cause: unknown) {
    super('A request has failed after it had written.', { cause })
  }
}

/** Runs requests in one transaction. */
export class Transaction {
  readonly #database: Database
  readonly #instance: number
  readonly #slot: number
  #turn = 0

  constructor(database: Database, instance: number) {
    this.#database = database
    this.#instance = instance
    this.#slot = instance % slots
  }

  /** Runs `requests`, sets their outcomes, and commits. Rejects, and nothing was done, if that is not possible. */
  async run(requests: readonly Request[]): Promise<Committed> {
    const known = new Needs()
    const zones = new Set<string>()
    const since = performance.now()
    let isAlone = requests.some(({ work }) => work.isAlone)
    for (let tries = 1; ; tries++) {
      try {
        for (const { work } of requests)
          for (const zone of work.zones?.(this.#database.names) ?? []) zones.add(zone)
        return await this.#database.connected((client) =>
          this.#runOn(client, requests, { known, isAlone, zones, since }),
        )
      } catch (error) {
        // What rules have marked in the names was not recorded.
        this.#database.forget()
        if (error instanceof NeedsAlone) isAlone = true
        else if (error instanceof NeedsZone) zones.add(error.zone)
        else if (!isTransient(error) || tries >= maxTries) throw error
        else await pause(tries)
      }
    }
  }

  async #runOn(
    client: PoolClient,
    requests: readonly Request[],
    { known, isAlone, zones, since }: Trying,
  ): Promise<Committed> {
    let isCommitting = false
    try {
      const session = await this.#database.begin(
        client,
        `begin isolation level read committed; ${locksOf(this.#database.schema, { isAlone, zones })}`,
      )
      const open = new OpenTransaction({ session, slot: this.#slot, isAlone, known, zones, since })
      const needs = new Needs()
      for (const { work } of requests) if (work.needs) needs.addAll(work.needs(open.queues))
      await open.expect(needs)
      await runEach(open, requests)
      await open.settle()
      const turn = ++this.#turn
      await session.rows(
        `insert into pw_turns (instance, turn, at) values ($1, $2, $3)
           on conflict (instance) do update set turn = excluded.turn, at = excluded.at`,
        this.#instance,
        turn,
        session.moment.now,
      )
      isCommitting = true
      await client.query('commit')
      return { open }
    } catch (error) {
      if (isCommitting && !isServerError(error)) throw sayUnknown(this.#database.where, error)
      await client.query('rollback').catch(() => {})
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

/** So many rows of counts there are of a queue at most. */
const slots = 64

/** For so long a request waits for what another transaction has in hand, in milliseconds. */
const patienceMs = 500

function isPatient({ inHandSince }: Request): boolean {
  return inHandSince === undefined || performance.now() - inHandSince < patienceMs
}

async function runEach(open: OpenTransaction, requests: readonly Request[]): Promise<void> {
  let isLookedAhead = false
  for (const [at, request] of requests.entries()) {
    open.beginRequest()
    const { rules, run } = request.work
    try {
      if (rules && !isLookedAhead && requests.length > at + 1) {
        // What one of them needs the others mostly need too: it is read in one go.
        const needs = new Needs()
        for (const { work } of requests.slice(at)) if (work.rules) open.lacks(work.rules, needs)
        if (!needs.isEmpty) await open.expect(needs)
        isLookedAhead = true
      }
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
