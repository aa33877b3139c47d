import type { LeaseRequest } from '../../../queue/backend.ts'
import type { Filter } from '../../../queue/filter.ts'
import type { Moment } from '../../../queue/lapse.ts'
import type { Paid } from '../../../queue/rules/paid.ts'
import type { Term } from '../../../queue/rules/stay.ts'
import type { Counts } from '../commit/counts.ts'
import type { Connection } from '../file/connection.ts'
import type { Statement } from '../file/open-database.mjs'
import type { Place } from '../filter/few.ts'
import { matchesAmong, matchesInLine } from '../filter/matching.ts'
import { prepared } from '../tables/prepared.ts'
import { type LeasedCells, leasedColumns } from '../tables/row.ts'
import { RowsStatement } from '../tables/rows-statement.ts'
import { paidText, withPaid } from '../tables/tolls-text.ts'

/** A message that is leased, and when it came to its queue. */
export type ReadyCells = [...cells: LeasedCells, arrivedAt: number]

type Suspects = NonNullable<LeaseRequest['suspects']>

/** A ready message, and what it asks for at gates. */
export type TolledCells = readonly [cells: ReadyCells, tolls: string | null]

type Flat = [...cells: ReadyCells, tolls: string | null]

/** The cells that decide the order in which ready messages are leased. */
export type ReadyKey = readonly [token: number, suspect: number, priority: number]

const isSuspect = { include: '', exclude: 'and suspect = 0', only: 'and suspect = 1' } as const
const readyColumns = `${leasedColumns}, arrived_at`
const isReadyInALane = `queue = @queue and status is not 'leased' and status = 'ready'`
const isReady = `${isReadyInALane} and lane = 0`
// The same for rows that are found by their tokens: with `+` no index of the queue is used, which is longer than the list.
const isReadyToo = `+queue = @queue and +status = 'ready'`
const isDue = `exists (select 1 from pw_tokens where queue = @queue and due <= @now and status in ('delayed', 'waiting'))`
const isExpired = `exists (select 1 from pw_tokens where status = 'leased' and until <= @elapsed and queue = @queue)`
const isPaused = '(select paused from pw_queues where ref = @queue)'

/** Which messages a lease with a filter may get. */
interface Matching {
  readonly only: Filter
  /** Only among these. */
  readonly tokens: readonly number[] | undefined
  readonly suspects: Suspects
  readonly limit: number
  readonly moment: Moment
}

/** A queue, and the time. */
interface Look {
  readonly queue: number
  readonly now: number
  readonly elapsed: number
}

/** The bits of `chores`. */
export const paused = 1
export const someDue = 2
export const someExpired = 4

/** The bits of the probe, which are others: what is ready and no suspect, what is and is one, and from here on what is due or expired. */
const probed = { ready: { include: 1 | 2, exclude: 1, only: 2 }, chores: 4 } as const

/** The statements that look for what can be leased from a queue, and lease it. */
export class LeaseRows {
  readonly #probe: Statement<unknown[], number>
  readonly #chores: Statement<unknown[], number>
  readonly #ready: { readonly [Each in Suspects]: Statement<unknown[], ReadyCells> }
  readonly #keys: { readonly [Each in Suspects]: Statement<unknown[], ReadyKey> }
  readonly #among: { readonly [Each in Suspects]: Statement<unknown[], ReadyCells> }
  readonly #lease: RowsStatement<ReadyCells>
  readonly #tolled: (suspects: Suspects, isAmong: boolean) => Statement<unknown[], Flat>
  readonly #pay: Statement<unknown[]>
  readonly #expiredPaying: Statement<unknown[], number>
  readonly #db: Connection
  readonly #counts: Counts

  constructor(db: Connection, counts: Counts) {
    this.#db = db
    this.#counts = counts
    this.#probe = db
      .prepare<unknown[], number>(`select (not ${isPaused}) * (
           exists (select 1 from pw_tokens where ${isReady} and suspect = 0)
         + exists (select 1 from pw_tokens where ${isReady} and suspect = 1) * 2
         + ${isDue} * 4 + ${isExpired} * 8)`)
      .pluck()
    this.#chores = db
      .prepare<unknown[], number>(`select ${isPaused} + 2 * ${isDue} + 4 * ${isExpired}`)
      .pluck()
    // Constants, and `0 + ?`: SQLite plans a statement anew when a parameter is bound on which its plan depends, such as the
    // end of a range or a limit.
    const select = <Cells>(columns: string, which: Suspects, rows: string) =>
      db
        .prepare<unknown[], Cells>(
          `select ${columns} from pw_tokens where ${rows} ${isSuspect[which]}
             order by suspect, priority, token limit 0 + @limit`,
        )
        .raw()
    const each = <Cells>(columns: string, rows = isReady) => ({
      include: select<Cells>(columns, 'include', rows),
      exclude: select<Cells>(columns, 'exclude', rows),
      only: select<Cells>(columns, 'only', rows),
    })
    this.#ready = each<ReadyCells>(readyColumns)
    this.#keys = each<ReadyKey>('token, suspect, priority')
    this.#among = each<ReadyCells>(
      readyColumns,
      `${isReadyToo} and token in (select value from json_each(@tokens))`,
    )
    this.#expiredPaying = db
      .prepare<unknown[], number>(
        `select exists (select 1 from pw_tokens where status = 'leased' and until <= @elapsed and tolls is not null)`,
      )
      .pluck()
    this.#tolled = (suspects, isAmong) =>
      prepared<unknown[], Flat>(
        db,
        `select ${readyColumns}, tolls from pw_tokens
           where ${isAmong ? `${isReadyToo} and token in (select value from json_each(@tokens))` : isReady} ${isSuspect[suspects]}
           order by suspect, priority, token limit 0 + @limit`,
      ).raw()
    this.#pay = db.prepare<unknown[]>(`update pw_tokens set tolls = ${withPaid('?')} where token = ?`)
    this.#lease = new RowsStatement(db, {
      columns: 1,
      bind: (binds, cells) => binds.push(cells[0]),
      sql: (rows) =>
        `update pw_tokens set status = 'leased', lease = lease + 1, owner = @owner, until = @until, lease_ms = @leaseMs,
           deadline = @deadline, alone = @alone, leased_at = @leasedAt
         where token in (values ${rows})`,
    })
  }

  /** Whether a lease would find anything. */
  wouldFind(look: Look, suspects: Suspects): boolean {
    const found = this.#probe.get(look)!
    return found >= probed.chores || (found & probed.ready[suspects]) > 0
  }

  /** Whether a lane of a queue with keys is in line, or may have suspects. */
  wouldTurn(look: Look, suspects: Suspects): boolean {
    const isFree = '(blocked is null or until <= @now)'
    const mayGive = {
      include: `${isFree} and (idle = 0 or suspects = 1)`,
      exclude: `${isFree} and idle = 0`,
      only: 'suspects = 1',
    } as const
    return (
      prepared<object, number>(
        this.#db,
        `select 1 from pw_lanes where queue = @queue and ${mayGive[suspects]} limit 1`,
      ).get({ queue: look.queue, now: look.now }) !== undefined
    )
  }

  /** The first `limit` messages of each of these lanes that are ready and no suspects. */
  firstOfLanes(queue: number, lanes: readonly number[], limit: number): readonly (readonly TolledCells[])[] {
    if (limit > 1) return lanes.map((lane) => this.#ofLane(0, { queue, lane, limit }))
    const found = prepared<object, Flat>(
      this.#db,
      `select ${readyColumns}, tolls from (select value as v from json_each(@lanes)) j
         cross join pw_tokens on token = (select token from pw_tokens
         where queue = @queue and status is not 'leased' and status = 'ready' and lane = j.v and suspect = 0
         order by priority, token limit 1)`,
    )
      .raw()
      .all({ queue, lanes: JSON.stringify(lanes) })
    if (found.length === lanes.length) return found.map((cells) => [split(cells)])
    return lanes.map((lane) => this.#ofLane(0, { queue, lane, limit }))
  }

  /** The first suspects of a lane that are ready. */
  suspectsOfLane(queue: number, lane: number, limit: number): readonly TolledCells[] {
    return this.#ofLane(1, { queue, lane, limit })
  }

  #ofLane(suspect: 0 | 1, of: { queue: number; lane: number; limit: number }): readonly TolledCells[] {
    return prepared<object, Flat>(
      this.#db,
      `select ${readyColumns}, tolls from pw_tokens where queue = @queue and status is not 'leased' and status = 'ready'
         and lane = @lane and suspect = ${suspect} order by priority, token limit 0 + @limit`,
    )
      .raw()
      .all(of)
      .map(split)
  }

  /** Whether something in a queue is due or has expired, or a lease has expired anywhere that has paid at a gate. */
  hasChores(look: Look): boolean {
    return (this.chores(look) & (someDue | someExpired)) > 0 || this.#expiredPaying.get(look) === 1
  }

  /** Whether a queue is paused, something in it is due, something has expired, as bits. */
  chores(look: Look): number {
    return this.#chores.get(look) ?? 0
  }

  /** The first messages of a queue that are ready. */
  ready(queue: number, suspects: Suspects, limit: number): ReadyCells[] {
    return this.#ready[suspects].all({ queue, limit })
  }

  /** The same without their values, which may be long: by the index alone. */
  readyKeys(queue: number, suspects: Suspects, limit: number): ReadyKey[] {
    return this.#keys[suspects].all({ queue, limit })
  }

  /** The same as `ready`, among `tokens`. */
  readyAmong(
    queue: number,
    suspects: Suspects,
    { tokens, limit }: { tokens: readonly number[]; limit: number },
  ) {
    return this.#among[suspects].all({ queue, limit, tokens: JSON.stringify(tokens) })
  }

  /** The first messages of a queue that are ready, or those among `tokens`, with what they ask for at gates. */
  tolled(
    queue: number,
    suspects: Suspects,
    { tokens, limit }: { readonly tokens?: readonly number[]; readonly limit: number },
  ): readonly TolledCells[] {
    const among = tokens && { tokens: JSON.stringify(tokens) }
    const found = this.#tolled(suspects, tokens !== undefined).all({ queue, limit, ...among })
    return found.map(split)
  }

  /** The first messages of a queue that are ready and hold units at a gate until they leave. */
  holders(queue: number, suspects: Suspects, limit: number): readonly TolledCells[] {
    const found = prepared<object, Flat>(
      this.#db,
      `select ${readyColumns}, tolls from pw_tokens where ${isReadyInALane} and holds = 1 ${isSuspect[suspects]}
         order by suspect, priority, token limit 0 + @limit`,
    ).raw()
    return found.all({ queue, limit }).map(split)
  }

  /** Writes what a lease has paid. */
  pay(token: number, paid: readonly Paid[]): void {
    if (paid.length > 0) this.#pay.run(paidText(paid), token)
  }

  /** The tokens of a queue that are ready and match `only`: `limit` of them, or more. */
  matching(queue: Place & { readonly keyed: number }, request: Matching): readonly number[] {
    const { only, tokens, suspects, limit, moment } = request
    if (tokens) return matchesAmong(this.#db, queue, { tokens, only, moment })
    return matchesInLine(this.#db, queue, {
      ...{ only, moment, limit },
      isReady: `${queue.keyed ? isReadyInALane : isReady} ${isSuspect[suspects]}`,
    })
  }

  /** Leases messages of a queue. */
  lease(
    queue: number,
    cells: readonly ReadyCells[],
    { alone, ...term }: Term & { readonly alone: boolean },
  ): void {
    this.#lease.run(cells, { ...term, alone: alone ? 1 : 0 })
    if (cells.length > 0) this.#counts.turn(queue, 'ready', 'leased', cells.length)
  }
}

function split(cells: Flat): TolledCells {
  return [cells.slice(0, 13) as ReadyCells, cells[13]]
}
