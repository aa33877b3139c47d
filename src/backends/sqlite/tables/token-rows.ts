import type { LeaseKey } from '../../../queue/lease-key.ts'
import type { Stay } from '../../../queue/rules/stay.ts'
import type { Arrival } from '../../../queue/rules/world.ts'
import { type Status, statuses } from '../../../queue/status.ts'
import type { Counts } from '../commit/counts.ts'
import type { Connection } from '../file/connection.ts'
import type { Statement } from '../file/open-database.mjs'
import { jsonText } from './json-text.ts'
import { missingOf, restOf } from './rest-of.ts'
import { unleased } from './schema.ts'
import { type TokenCells, type TokenRow, tokenColumns, tokenRowOf } from './token-row.ts'
import { paidText, withPaid } from './tolls-text.ts'

/** A message that an owner has leased. */
interface LeasedBy extends LeaseKey {
  readonly id: string
  readonly queue: number
}

/** What a token is given as it enters. */
type Entrance = Pick<Arrival, 'parent' | 'traceparent'>

/** The cells that say where a message is counted. */
interface Place {
  readonly queue: number | null
  readonly status: string | null
}

/**
 * The statements on single rows of `pw_tokens`, for changes that are not hops: each fetches a row, works out its next
 * state, and writes that.
 */
export class TokenRows {
  readonly #byId
  readonly #byToken
  readonly #save
  readonly #vacate
  readonly #place
  readonly #enterAgain
  readonly #leave
  readonly #expired
  readonly #voided
  readonly #last
  readonly #promote
  readonly #renew
  readonly #leasedBy
  readonly #nextUntil
  readonly #where
  readonly #leasedIn
  readonly #mark
  readonly #counts: Counts

  constructor(db: Connection, counts: Counts) {
    this.#counts = counts
    const select = (which: string): Statement<unknown[], TokenCells> =>
      db.prepare<unknown[], TokenCells>(`select ${tokenColumns} from pw_tokens where ${which}`).raw()
    this.#byId = select('id = ? and workflow = ?')
    this.#byToken = select('token = ?')
    this.#expired = select(`status = 'leased' and until <= ? and queue = ? order by until limit 0 + ?`)
    this.#voided = select(`status = 'leased' and until - lease_ms > ? and workflow = ?`)
    this.#leasedIn = select(`status = 'leased' and queue = ?`)
    this.#mark = db.prepare<unknown[]>('update pw_tokens set lane = ?, tolls = ? where token = ?')
    this.#save = db.prepare<unknown[]>(
      `update pw_tokens set status = ?, suspect = ?, alone = ?, attempts = ?, crashes = ?, lease = ?, due = ?, error = ?,
         progress = ?, owner = ?, leased_at = ?, lease_ms = ?, until = ?, deadline = ?, waits = ?, missing = ?,
         tolls = ${withPaid('?')} where token = ?`,
    )
    this.#vacate = db.prepare<unknown[]>(
      `update pw_tokens set queue = null, status = null, suspect = 0, value = null, frames = null, error = null,
         progress = null, due = null, waits = null, missing = null, source = null, brought = null, tolls = null, lane = 0,
         ${unleased} where token = ?`,
    )
    this.#place = db.prepare<unknown[]>(
      `update pw_tokens set queue = ?, hop = ?, value = ?, frames = ?, priority = ?, deploy = ?, due = ?, finished_at = ?,
         outcome = iif(?, 'done', null), left_at = null, arrived_at = ?, status = iif(?, 'ready', 'delayed'),
         suspect = 0, alone = 0, attempts = 0, crashes = 0, lease = 0, error = null, progress = null, source = null,
         brought = null, tolls = null, lane = 0, ${unleased}
       where token = ?`,
    )
    this.#enterAgain = db.prepare<unknown[]>(
      'update pw_tokens set parent = ?, traceparent = ?, entered_at = ?, reply = null where token = ?',
    )
    this.#leave = db.prepare<unknown[]>(
      `update pw_tokens set left_at = @now, finished_at = coalesce(finished_at, @now),
         outcome = coalesce(@outcome, outcome, 'done'), reply = null where token = @token`,
    )
    this.#promote = db.prepare<unknown[]>(
      `update pw_tokens set status = 'ready', due = null, waits = null, missing = null where token in
         (select token from pw_tokens where queue = ? and due <= ? and status = ? order by due limit 0 + ?)`,
    )
    this.#renew = db.prepare<unknown[]>(
      `update pw_tokens set until = min(? + lease_ms, deadline)
       where token = ? and hop = ? and lease = ? and status = 'leased'`,
    )
    this.#leasedBy = db.prepare<unknown[], LeasedBy>(
      `select token, id, queue, hop, lease from pw_tokens where status = 'leased' and owner = ? and until > ?`,
    )
    this.#nextUntil = db
      .prepare<unknown[], number | null>(
        `select min(until) from pw_tokens
         where status = 'leased' and queue in (select value from json_each(?)) and until > ?`,
      )
      .pluck()
    this.#where = db.prepare<[number], Place>('select queue, status from pw_tokens where token = ?')
    this.#last = db.prepare<[], number | null>('select max(token) from pw_tokens').pluck()
  }

  /** The token `id` of a workflow; undefined if it has never entered. */
  find(workflow: string, id: string): TokenRow | undefined {
    const cells = this.#byId.get(id, workflow)
    return cells && tokenRowOf(cells)
  }

  get(token: number): TokenRow | undefined {
    const cells = this.#byToken.get(token)
    return cells && tokenRowOf(cells)
  }

  /** The number that the next token gets. */
  next(): number {
    return (this.#last.get() ?? 0) + 1
  }

  /** Up to `limit` messages of a queue whose leases had run out at an elapsed time, those of longest ago first. */
  expired(queue: number, elapsed: number, limit: number): readonly TokenRow[] {
    return this.#expired.all(elapsed, queue, limit).map(tokenRowOf)
  }

  /** The messages of a workflow whose leases were given later than an elapsed time: before this boot of the machine. */
  voided(workflow: string, elapsed: number): readonly TokenRow[] {
    return this.#voided.all(elapsed, workflow).map(tokenRowOf)
  }

  /** The messages of a queue that are leased. */
  leasedIn(queue: number): readonly TokenRow[] {
    return this.#leasedIn.all(queue).map(tokenRowOf)
  }

  /** Writes the lane of a message, and what it asks for at gates. */
  mark(token: number, { lane, tolls }: { readonly lane: number; readonly tolls: string | null }): void {
    this.#mark.run(lane, tolls, token)
  }

  /** Makes up to `limit` messages of a queue ready that were due at `now`; returns whether there were any. */
  promoteDue(queue: number, now: number, limit: number): boolean {
    const [delayed, waiting] = (['delayed', 'waiting'] as const).map((status) => {
      const { changes } = this.#promote.run(queue, now, status, limit)
      if (changes > 0) this.#counts.turn(queue, status, 'ready', changes)
      return changes
    })
    return delayed! + waiting! > 0
  }

  /** Renews a lease at an elapsed time; returns whether it holds. */
  renew({ token, hop, lease }: LeaseKey, elapsed: number): boolean {
    return this.#renew.run(elapsed, token, hop, lease).changes > 0
  }

  /** The leases of an owner that had not run out at an elapsed time. */
  leasedBy(owner: string, elapsed: number): readonly LeasedBy[] {
    return this.#leasedBy.all(owner, elapsed)
  }

  /** When the next lease in one of `queues` ends, in elapsed time; Infinity if there is none. */
  nextUntil(queues: readonly number[], elapsed: number): number {
    return this.#nextUntil.get(JSON.stringify(queues), elapsed) ?? Number.POSITIVE_INFINITY
  }

  /** Writes the state of a message. */
  save(token: number, stay: Stay): void {
    const { status, suspect, alone, attempts, crashes, lease, due, error, progress, held, wait } = stay
    const before = this.#placeOf(token)
    if (before) this.#counts.turn(before.queue, before.status, status)
    this.#save.run(
      status,
      Number(suspect),
      Number(alone),
      attempts,
      crashes,
      lease,
      due ?? null,
      jsonText(error),
      jsonText(progress),
      held?.owner ?? null,
      held?.leasedAt ?? null,
      held?.leaseMs ?? null,
      held?.until ?? null,
      held?.deadline ?? null,
      jsonText(wait),
      wait ? missingOf(wait) : null,
      paidText(held?.paid),
      token,
    )
  }

  /** Takes a token out of its queue. */
  vacate(token: number): void {
    this.forget(token)
    this.#vacate.run(token)
  }

  /** Puts a token into the one that `queue` is the ref of. */
  place(token: number, queue: number, { to, now }: { readonly to: Arrival; readonly now: number }): void {
    const { hop, value = null, frames = null, priority, deploy, due = null, finishedAt = null } = to
    const isDone = finishedAt === null ? 0 : 1
    const isReady = due === null ? 1 : 0
    this.forget(token)
    this.#counts.come(queue, restOf(to))
    this.#place.run(queue, hop, value, frames, priority, deploy, due, finishedAt, isDone, now, isReady, token)
  }

  /** Lets a known token enter once more. */
  enterAgain(token: number, { parent, traceparent }: Entrance, now: number): void {
    this.#enterAgain.run(parent ?? null, traceparent ?? null, now, token)
  }

  /** Counts a message no more where it is: its row is about to be changed. */
  forget(token: number): void {
    const before = this.#placeOf(token)
    if (before) this.#counts.leave(before.queue, before.status)
  }

  /** Where a token is counted; undefined if it is in no queue. */
  #placeOf(token: number): { readonly queue: number; readonly status: Status } | undefined {
    const { queue = null, status } = this.#where.get(token) ?? {}
    return queue === null || !isStatus(status) ? undefined : { queue, status }
  }

  /** Remembers that a token is in no queue any more, and how that came about. */
  leave(token: number, outcome: string | undefined, now: number): void {
    this.#leave.run({ token, now, outcome: outcome ?? null })
  }
}

// An edit by hand may have put anything there.
function isStatus(status: string | null | undefined): status is Status {
  return statuses.some((each) => each === status)
}
