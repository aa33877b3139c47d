import type { Term } from '../../../queue/rules/stay.ts'
import type { ArrivalMore } from '../../../queue/rules/world.ts'
import type { Connection } from '../file/connection.ts'
import { jsonText } from '../tables/json-text.ts'
import { missingOf, restOf } from '../tables/rest-of.ts'
import { RowsStatement } from '../tables/rows-statement.ts'
import { unleased } from '../tables/schema.ts'
import type { Counts } from './counts.ts'
import type { Arrived, Move } from './move.ts'

const reset =
  'suspect = 0, alone = 0, attempts = 0, crashes = 0, error = null, progress = null, source = null, brought = null, tolls = null, lane = 0'
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

/** The statements that write moves into the table, many at once. */
export class MoveRows {
  readonly #enter: RowsStatement<Arrived>
  readonly #enterLeased: RowsStatement<Arrived>
  readonly #move: RowsStatement<Arrived>
  readonly #moveLeased: RowsStatement<Arrived>
  readonly #proof: RowsStatement<Move>
  readonly #leave: RowsStatement<Move>
  readonly #complete: RowsStatement<Completed>
  readonly #counts: Counts

  constructor(db: Connection, counts: Counts) {
    this.#counts = counts
    const cells = (binds: unknown[], { token, at, to }: Arrived) => {
      const { hop, value = null, frames = null, priority, deploy, finishedAt = null } = to
      binds.push(token, at, hop, value, frames, priority, deploy, finishedAt)
    }
    const entrant = (binds: unknown[], move: Arrived) => {
      cells(binds, move)
      binds.push(move.id, move.workflow, move.to.parent ?? null, move.to.traceparent ?? null)
    }
    const withDue = (bind: typeof cells) => (binds: unknown[], move: Arrived) => {
      bind(binds, move)
      binds.push(move.to.due ?? null)
    }
    const term = 'arrived_at, leased_at, owner, until, lease_ms, deadline, status, lease'
    const termCells = `@now, @now, @owner, @until, @leaseMs, @deadline, 'leased', 1`
    const rest = 'due, status, arrived_at'
    const restCells = (due: string) => `${due}, iif(${due} is null, 'ready', 'delayed'), @now`
    const entered = `token, ${arrived}, id, workflow, parent, traceparent`
    const enteredCells = `column1, ${arrivedCells}, column9, column10, column11, column12`
    const hop = `token, ${arrived}, id, workflow, entered_at`
    const hopCells = `column1, ${arrivedCells}, ${unchanged}`
    this.#enter = new RowsStatement(db, {
      columns: 13,
      bind: withDue(entrant),
      sql: (rows) =>
        `insert into pw_tokens (${entered}, ${rest}, outcome, entered_at)
         select ${enteredCells}, ${restCells('column13')}, ${outcomeOf}, @now from (values ${rows})`,
    })
    this.#enterLeased = new RowsStatement(db, {
      columns: 12,
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
    this.#complete = new RowsStatement(db, {
      columns: 6,
      bind: (binds, { token, more: { wait, dead, reply } }) => {
        const status = dead ? 'dead' : wait ? 'waiting' : null
        binds.push(
          token,
          status,
          jsonText(wait),
          wait ? missingOf(wait) : null,
          jsonText(dead),
          jsonText(reply),
        )
      },
      sql: (rows) =>
        `update pw_tokens set status = coalesce(v.column2, status), waits = v.column3, missing = v.column4,
           error = coalesce(v.column5, error), reply = coalesce(v.column6, reply)
         from (values ${rows}) v where token = v.column1`,
    })
    this.#leave = new RowsStatement(db, {
      columns: 6,
      bind: (binds, { token, fence, end }) => {
        binds.push(token, fence!.queue, fence!.hop, fence!.lease, end ? 1 : 0, end?.outcome ?? null)
      },
      sql: (rows) =>
        `update pw_tokens set left_at = iif(v.column5, @now, left_at),
           finished_at = iif(v.column5, coalesce(finished_at, @now), finished_at),
           outcome = iif(v.column5, coalesce(v.column6, outcome, 'done'), outcome), reply = iif(v.column5, null, reply),
           queue = null, status = null, value = null, frames = null, ${reset}, ${unleased}
         from (values ${rows}) v where ${proven}`,
    })
  }

  /** Writes where tokens have come to at the wall time `now`, if all their fences hold; returns whether they do. */
  arrive(moves: readonly Arrived[], now: number): boolean {
    const [fresh, known] = split(moves)
    if (!this.#areProven(known)) return false
    this.#enter.run(fresh, { now })
    this.#move.run(known, { now })
    if (moves.some(hasMore)) this.complete(moves.filter(hasMore).map(completed))
    for (const { at, to } of moves) this.#counts.come(at, restOf(to))
    return this.#haveLeft(known)
  }

  /** The same for messages of one queue that are leased as they come, for `term`. */
  arriveLeased(moves: readonly Arrived[], term: Term): boolean {
    const [fresh, known] = split(moves)
    if (!this.#areProven(known)) return false
    const head = { ...term, now: term.leasedAt }
    this.#enterLeased.run(fresh, head)
    this.#moveLeased.run(known, head)
    if (moves.some(hasMore)) this.complete(moves.filter(hasMore).map(completed))
    if (moves.length > 0) this.#counts.come(moves[0]!.at, 'leased', moves.length)
    return this.#haveLeft(known)
  }

  /** Writes what few arrivals have into the rows of tokens. */
  complete(arrivals: readonly Completed[]): void {
    this.#complete.run(arrivals)
  }

  /** Takes tokens out of their queues that have come to no other; returns whether all their fences have held. */
  leave(moves: readonly Move[], now: number): boolean {
    return this.#leave.run(moves, { now }) === moves.length && this.#haveLeft(moves)
  }

  #haveLeft(proven: readonly Move[]): true {
    for (const { fence } of proven) this.#counts.leave(fence!.queue, 'leased')
    return true
  }

  // No other process can change these rows until the end of the transaction.
  #areProven(moves: readonly Move[]): boolean {
    return moves.length === 0 || this.#proof.sum(moves) === moves.length
  }
}

interface Completed {
  readonly token: number
  readonly more: ArrivalMore
}

function hasMore({ to }: Arrived): boolean {
  return to.more !== undefined
}

function completed({ token, to }: Arrived): Completed {
  return { token, more: to.more! }
}

const none: Arrived[] = []

function split(moves: readonly Arrived[]): readonly [fresh: readonly Arrived[], known: readonly Arrived[]] {
  if (moves.every(({ fence }) => fence)) return [none, moves]
  return [moves.filter(({ fence }) => !fence), moves.filter(({ fence }) => fence)]
}
