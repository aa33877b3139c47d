import type { Term } from '../../../queue/rules/stay.ts'
import type { Arrival, ArrivalMore } from '../../../queue/rules/world.ts'
import type { Connection } from '../file/connection.ts'
import type { Counts } from './counts.ts'
import { type Arrived, byTurn, type Move } from './move.ts'
import { MoveRows } from './move-rows.ts'

/**
 * The hops of the transaction that is open, as far as they are not in the table yet: most tokens are popped, pushed and
 * leased again, by workers here that have just become free, in one transaction, and then their row is written once.
 * `lease` writes those that it leases, `flush` all others. If a fence among them does not hold, they say so, but not which
 * request it belongs to: the transaction has to run again, one request at a time.
 */
export class Moves {
  readonly #byToken = new Map<number, Move>()
  readonly #entering = new Map<string, Move>()
  readonly #arrived = new Map<number, Arrived[]>()
  readonly #rows: MoveRows

  constructor(db: Connection, counts: Counts) {
    this.#rows = new MoveRows(db, counts)
  }

  /** The move of a token that is not in the table yet. */
  of(token: number): Move | undefined {
    return this.#byToken.get(token)
  }

  /** The move of a token that enters in this transaction and is not in the table yet. */
  enters(workflow: string, id: string): Move | undefined {
    return this.#entering.get(keyOf(workflow, id))
  }

  /** Records that a token leaves its queue, or enters. */
  add(move: Move): void {
    this.#byToken.set(move.token, move)
    if (!move.fence) this.#entering.set(keyOf(move.workflow, move.id), move)
  }

  /** Records where a token has come to. */
  arrive(move: Move, queue: number, to: Arrival): void {
    move.at = queue
    move.to = to
    if (to.due !== undefined || to.more?.wait || to.more?.dead) return
    const there = this.#arrived.get(queue)
    if (there) there.push(move as Arrived)
    else this.#arrived.set(queue, [move as Arrived])
  }

  /** The moves that have come to a queue and may be leased, in the order in which they may be. */
  at(queue: number): readonly Arrived[] {
    return this.#arrived.get(queue)?.sort(byTurn) ?? none
  }

  /** Leases the first `count` of these in a queue, for `term`. Undefined if a fence does not hold. */
  lease(queue: number, count: number, term: Term): readonly Arrived[] | undefined {
    const leased = this.#arrived.get(queue)?.splice(0, count) ?? none
    for (const move of leased) this.#forget(move)
    return this.#rows.arriveLeased(leased, term) ? leased : undefined
  }

  /** Writes all of it at the wall time `now`. Returns whether all fences have held, and whether something has arrived. */
  flush(now: number): { readonly isProven: boolean; readonly hasArrived: boolean } {
    if (this.#byToken.size === 0) return nothing
    const moves = [...this.#byToken.values()]
    this.clear()
    const arrived = moves.filter((move): move is Arrived => move.to !== undefined)
    const gone = moves.filter((move) => move.to === undefined)
    return {
      isProven: this.#rows.arrive(arrived, now) && this.#rows.leave(gone, now),
      hasArrived: arrived.length > 0,
    }
  }

  /** Writes what few arrivals have into the row of a token. */
  complete(token: number, more: ArrivalMore): void {
    this.#rows.complete([{ token, more }])
  }

  /** Forgets the moves that are not in the table yet. */
  clear(): void {
    if (this.#byToken.size === 0) return
    this.#byToken.clear()
    this.#entering.clear()
    this.#arrived.clear()
  }

  #forget({ token, workflow, id, fence }: Move): void {
    this.#byToken.delete(token)
    if (!fence) this.#entering.delete(keyOf(workflow, id))
  }
}

const none: Arrived[] = []
const nothing = { isProven: true, hasArrived: false } as const

function keyOf(workflow: string, id: string): string {
  return `${workflow}\0${id}`
}
