import type { Fence, Note, Why } from '../../../queue/change.ts'
import type { Moment } from '../../../queue/lapse.ts'
import { leaseLost } from '../../../queue/refusals.ts'
import type { Term } from '../../../queue/rules/stay.ts'
import type { Connection } from '../file/connection.ts'
import type { Event } from '../file/history-events.ts'
import type { HeldLeases } from '../lease/held-leases.ts'
import { Owners } from '../tables/owners.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { Registry } from '../tables/registry.ts'
import { TokenIds } from '../tables/token-ids.ts'
import { type Arrival, type TokenRow, TokenRows } from '../tables/token-rows.ts'
import { type Departure, Departures } from './departures.ts'
import { History, type Line } from './history.ts'
import { type Arrived, type Move, Moves } from './moves.ts'
import { RunAgain } from './run-again.ts'

/**
 * The one transaction that is open, which the requests of a turn share. What a request does goes through here and nowhere
 * else: the hops that are gathered until they are leased or the transaction ends (moves.ts), the lines of the history, and
 * the news for those who wait. Who looks at rows asks `rows`, which writes first what is gathered, so that it cannot be
 * forgotten; who has changed something has said so by the call that changed it.
 */
export class OpenTransaction implements Moment {
  readonly registry: Registry
  /** What this process holds just now. */
  readonly held: HeldLeases
  readonly ids: TokenIds
  readonly departures = new Departures()
  readonly #rows: TokenRows
  readonly #moves: Moves
  readonly #history: History
  readonly #owners: Owners
  #nextToken: number | undefined
  now = 0
  elapsed = 0
  /** Whether nothing is gathered, and each request has a savepoint: the first try has failed, and it is not known whose. */
  careful = false
  /** Whether the request that runs has changed anything yet: if not, it can fail alone. */
  isChanged = false
  /** Queues in which something may have become visible. */
  readonly visible = new Set<QueueEntry>()
  /** Whether something has become visible that is not leased by the end of this transaction: news for others. */
  hasNews = false
  /** The earliest wall time at which something that was delayed in this transaction becomes due. */
  nextDue = Number.POSITIVE_INFINITY
  /** The earliest elapsed time at which a lease of this transaction ends. */
  nextUntil = Number.POSITIVE_INFINITY

  constructor(db: Connection, held: HeldLeases) {
    this.held = held
    this.registry = new Registry(db)
    this.#rows = new TokenRows(db)
    this.#moves = new Moves(db)
    this.#owners = new Owners(db)
    this.#history = new History(db, this.#owners)
    this.ids = new TokenIds(() => this.#rows)
  }

  /** Makes it ready for a transaction that has begun. */
  begin({ now, elapsed }: Moment): void {
    this.now = Math.floor(now)
    this.elapsed = Math.floor(elapsed)
    this.visible.clear()
    this.hasNews = false
    this.nextDue = Number.POSITIVE_INFINITY
    this.nextUntil = Number.POSITIVE_INFINITY
    this.#nextToken = undefined
    this.beginRequest()
  }

  /** Makes it ready for the next request. */
  beginRequest(): void {
    this.isChanged = false
    this.departures.clear()
  }

  /** The rows of the tokens, to be looked at and changed one by one: with all in them that was done so far. */
  get rows(): TokenRows {
    this.settle()
    return this.#rows
  }

  /** A token that is known to a workflow, whatever has become of it; its row has all in it that was done so far. */
  known(workflow: string, id: string): TokenRow | undefined {
    if (this.#moves.enters(workflow, id)) this.settle()
    const row = this.#rows.find(workflow, id)
    return row && this.#moves.has(row.token) ? this.rows.get(row.token) : row
  }

  /** Lets a token that is not known yet enter a queue. */
  enter(workflow: string, id: string, to: Arrival): number {
    this.isChanged = true
    const number = this.#nextToken ?? this.#rows.next()
    this.#nextToken = number + 1
    const move: Move = { token: number, id, workflow, fence: undefined, to: undefined, end: undefined }
    this.#moves.add(move)
    this.#moves.arrive(move, to)
    if (this.careful) this.settle()
    return number
  }

  /** Takes a token out of a queue, under the lease that `fence` proves. Throws a `LeaseLostError`. */
  leave(queue: QueueEntry, token: number, fence: Fence): Move {
    if (this.#moves.has(token)) throw leaseLost(fence)
    const { id, hop, lease } = fence
    const proof = { queue: queue.ref, hop, lease }
    const move: Move = { token, id, workflow: queue.workflow, fence: proof, to: undefined, end: undefined }
    this.isChanged = true
    this.#moves.add(move)
    if (this.careful && !this.#moves.flush(this.now).isProven) throw leaseLost(fence)
    return move
  }

  /** Puts a token that has left a queue in this commit into another. */
  arrive({ token, move }: Departure, to: Arrival): void {
    this.isChanged = true
    if (move && this.#moves.has(token)) this.#moves.arrive(move, to)
    else this.place(token, to)
  }

  /** Puts a token that is in no queue, or may be in any, into one. */
  place(token: number, to: Arrival): void {
    this.isChanged = true
    this.rows.place(token, to, this.now)
    this.hasNews ||= to.due === null
  }

  /** Remembers of those that have left a queue in this commit, and have come to no other, that they have left for good. */
  endRequest(): void {
    for (const { token, move, outcome } of this.departures.ended()) {
      if (move && this.#moves.has(token)) move.end = { outcome: outcome ?? null }
      else this.rows.leave(token, outcome, this.now)
    }
  }

  /** Says that the request has changed something. */
  changed(): void {
    this.isChanged = true
  }

  /** Says that something has become visible in `queue`; `maybeLeased` if it may still be leased in this transaction. */
  tell(queue: QueueEntry, { maybeLeased = false }: { maybeLeased?: boolean } = {}): void {
    this.isChanged = true
    this.visible.add(queue)
    if (!maybeLeased) this.hasNews = true
  }

  /** Says when something becomes due. */
  expectDue(at: number): void {
    this.nextDue = Math.min(this.nextDue, at)
  }

  /** Says when a lease ends. */
  expectUntil(elapsed: number): void {
    this.nextUntil = Math.min(this.nextUntil, elapsed)
  }

  /** Adds a line to the history of a token that is, or was, in `queue`. */
  line(
    { token, hop }: { readonly token: number; readonly hop: number },
    queue: QueueEntry,
    event: Event,
    note: Note & Why,
  ): Line {
    this.isChanged = true
    return this.#history.add({ at: this.now, token, hop, queue: queue.ref }, event, note)
  }

  /** What has come to a queue in this transaction, is not in its row yet, and may be leased, in the order in which it may be. */
  arrivedAt(queue: QueueEntry): readonly Arrived[] {
    return this.#moves.at(queue.ref)
  }

  /** Leases the first `count` of these. */
  leaseArrived(queue: QueueEntry, count: number, term: Term): readonly Arrived[] {
    const leased = this.#moves.lease(queue.ref, count, term)
    if (leased) return leased
    throw new RunAgain()
  }

  /** Writes what is gathered, but for the history, at which nothing looks meanwhile. */
  settle(): void {
    const { isProven, hasArrived } = this.#moves.flush(this.now)
    if (!isProven) throw new RunAgain()
    this.hasNews ||= hasArrived
  }

  /** Writes the history: at the end, or when a request has ended that was run carefully. */
  settleHistory(): void {
    this.#history.settle()
  }

  /** Remembers what was learnt in a transaction that has been committed. */
  committed(): void {
    this.#owners.committed()
    this.registry.committed()
    this.ids.committed()
    this.careful = false
  }

  /** Forgets what a transaction, or a request's part of it, has gathered and learnt that is rolled back. */
  discard(): void {
    this.#moves.clear()
    this.#history.clear()
    this.#owners.clear()
    this.registry.clear()
    this.ids.discard()
    this.#nextToken = undefined
  }
}
