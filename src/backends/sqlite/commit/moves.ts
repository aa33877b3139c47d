import type { Term } from '../../../queue/rules/stay.ts'
import type { Arrival } from '../../../queue/rules/world.ts'
import type { Connection } from '../file/connection.ts'
import { RowsStatement } from '../tables/rows-statement.ts'
import { unleased } from '../tables/schema.ts'

/** The cells that a row must have for a lease to be proven. */
interface RowFence {
  /** The ref of the queue. */
  readonly queue: number
  readonly hop: number
  readonly lease: number
}

/** A token that enters, or leaves its queue under a lease, in the transaction that is open. */
export interface Move {
  readonly token: number
  readonly id: string
  readonly workflow: string
  /** The cells that its row in the table must have; undefined for a token that has no row yet. */
  readonly fence: RowFence | undefined
  /** The ref of the queue that it has come to; undefined as long as it has left and come to no other. */
  at: number | undefined
  to: Arrival | undefined
  /** Set once it has left for good, with the outcome if the event decides it. */
  end: { readonly outcome: string | null } | undefined
}

/** A move that has come to a queue. */
export type Arrived = Move & { readonly at: number; readonly to: Arrival }

const reset = 'suspect = 0, alone = 0, attempts = 0, crashes = 0, error = null, progress = null'
const proven = `token = v.column1 and queue = v.column2 and hop = v.column3 and lease = v.column4 and status = 'leased'`
const arrived = 'queue, hop, value, frames, priority, deploy, finished_at'
const arrivedCells = 'column2, column3, column4, column5, column6, column7, column8'
const outcomeOf = `iif(column8 is null, null, 'done')`
// Cells that every row has and no hop changes: they are in the table already.
const unchanged = `'', '', 0`

/** The SQL that gives an existing row each of `columns` as it would be inserted, and the other cells that a hop sets. */
function upsert(columns: string, rest: string): string {
  const set = columns.split(', ').map((column) => `${column} = excluded.${column}`)
  return `on conflict (token) do update set ${[...set, rest].join(', ')}, left_at = null, ${reset}`
}

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
  readonly #enter: RowsStatement<Arrived>
  readonly #enterLeased: RowsStatement<Arrived>
  readonly #move: RowsStatement<Arrived>
  readonly #moveLeased: RowsStatement<Arrived>
  readonly #proof: RowsStatement<Move>
  readonly #leave: RowsStatement<Move>

  constructor(db: Connection) {
    const cells = (binds: unknown[], { token, at, to }: Arrived) => {
      const { hop, value = null, frames = null, priority, deploy, finishedAt = null } = to
      binds.push(token, at, hop, value, frames, priority, deploy, finishedAt)
    }
    const entrant = (binds: unknown[], move: Arrived) => {
      cells(binds, move)
      binds.push(move.id, move.workflow, move.to.parent ?? null)
    }
    const withDue = (bind: typeof cells) => (binds: unknown[], move: Arrived) => {
      bind(binds, move)
      binds.push(move.to.due ?? null)
    }
    const term = 'arrived_at, leased_at, owner, until, lease_ms, deadline, status, lease'
    const termCells = `@now, @now, @owner, @until, @leaseMs, @deadline, 'leased', 1`
    const rest = 'due, status, arrived_at'
    const restCells = (due: string) => `${due}, iif(${due} is null, 'ready', 'delayed'), @now`
    const entered = `token, ${arrived}, id, workflow, parent`
    const enteredCells = `column1, ${arrivedCells}, column9, column10, column11`
    const hop = `token, ${arrived}, id, workflow, entered_at`
    const hopCells = `column1, ${arrivedCells}, ${unchanged}`
    this.#enter = new RowsStatement(db, {
      columns: 12,
      bind: withDue(entrant),
      sql: (rows) =>
        `insert into pw_tokens (${entered}, ${rest}, outcome, entered_at)
         select ${enteredCells}, ${restCells('column12')}, ${outcomeOf}, @now from (values ${rows})`,
    })
    this.#enterLeased = new RowsStatement(db, {
      columns: 11,
      bind: entrant,
      sql: (rows) =>
        `insert into pw_tokens (${entered}, ${term}, outcome, entered_at)
         select ${enteredCells}, ${termCells}, ${outcomeOf}, @now from (values ${rows})`,
    })
    // A fifth faster than an update from these values, which would go through a table of its own.
    this.#move = new RowsStatement(db, {
      columns: 9,
      bind: withDue(cells),
      sql: (rows) =>
        `insert into pw_tokens (${hop}, ${rest}, outcome)
         select ${hopCells}, ${restCells('column9')}, ${outcomeOf} from (values ${rows}) where true
         ${upsert(`${arrived}, ${rest}, outcome`, `lease = 0, ${unleased}`)}`,
    })
    this.#moveLeased = new RowsStatement(db, {
      columns: 8,
      bind: cells,
      sql: (rows) =>
        `insert into pw_tokens (${hop}, ${term}, outcome)
         select ${hopCells}, ${termCells}, ${outcomeOf} from (values ${rows}) where true
         ${upsert(`${arrived}, ${term}, outcome`, 'due = null')}`,
    })
    this.#proof = new RowsStatement(db, {
      columns: 4,
      bind: (binds, { token, fence }) => binds.push(token, fence!.queue, fence!.hop, fence!.lease),
      sql: (rows) => `select count(*) from (values ${rows}) v cross join pw_tokens where ${proven}`,
    })
    this.#leave = new RowsStatement(db, {
      columns: 6,
      bind: (binds, { token, fence, end }) => {
        binds.push(token, fence!.queue, fence!.hop, fence!.lease, end ? 1 : 0, end?.outcome ?? null)
      },
      sql: (rows) =>
        `update pw_tokens set left_at = iif(v.column5, @now, left_at),
           finished_at = iif(v.column5, coalesce(finished_at, @now), finished_at),
           outcome = iif(v.column5, coalesce(v.column6, outcome, 'done'), outcome),
           queue = null, status = null, value = null, frames = null, ${reset}, ${unleased}
         from (values ${rows}) v where ${proven}`,
    })
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
    if (to.due !== undefined) return
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
    const [fresh, known] = split(leased)
    const head = { ...term, now: term.leasedAt }
    if (!this.#areProven(known)) return undefined
    this.#enterLeased.run(fresh, head)
    this.#moveLeased.run(known, head)
    return leased
  }

  /** Writes all of it at the wall time `now`. Returns whether all fences have held, and whether something has arrived. */
  flush(now: number): { readonly isProven: boolean; readonly hasArrived: boolean } {
    if (this.#byToken.size === 0) return nothing
    const moves = [...this.#byToken.values()]
    this.clear()
    const [fresh, known] = split(moves.filter((move): move is Arrived => move.to !== undefined))
    const gone = moves.filter((move) => move.to === undefined)
    const hasArrived = fresh.length + known.length > 0
    if (!this.#areProven(known)) return { isProven: false, hasArrived }
    this.#enter.run(fresh, { now })
    this.#move.run(known, { now })
    return { isProven: this.#leave.run(gone, { now }) === gone.length, hasArrived }
  }

  /** Forgets the moves that are not in the table yet. */
  clear(): void {
    if (this.#byToken.size === 0) return
    this.#byToken.clear()
    this.#entering.clear()
    this.#arrived.clear()
  }

  // No other process can change these rows until the end of the transaction.
  #areProven(moves: readonly Move[]): boolean {
    return moves.length === 0 || this.#proof.sum(moves) === moves.length
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

function split(moves: readonly Arrived[]): readonly [fresh: readonly Arrived[], known: readonly Arrived[]] {
  if (moves.every(({ fence }) => fence)) return [none, moves]
  return [moves.filter(({ fence }) => !fence), moves.filter(({ fence }) => fence)]
}

function byTurn(a: Arrived, b: Arrived): number {
  return a.to.priority - b.to.priority || a.token - b.token
}
