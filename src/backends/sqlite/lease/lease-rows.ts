import type { Filter } from '../../../queue/filter.ts'
import type { Moment } from '../../../queue/lapse.ts'
import type { Term } from '../../../queue/rules/stay.ts'
import type { Counts } from '../commit/counts.ts'
import type { Connection } from '../file/connection.ts'
import type { Statement } from '../file/open-database.mjs'
import type { Place } from '../filter/few.ts'
import { matchesAmong, matchesInLine } from '../filter/matching.ts'
import { RowsStatement } from '../tables/rows-statement.ts'
import {
  isReady,
  isReadyAmong,
  isReadyIn,
  isReadyInALane,
  isSuspect,
  type Look,
  type ReadyCells,
  readyColumns,
  type Suspects,
} from './ready.ts'
import { TolledRows } from './tolled-rows.ts'

/** The cells that decide the order in which ready messages are leased. */
export type ReadyKey = readonly [token: number, suspect: number, priority: number]

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
  /** Only in this lane. */
  readonly lane?: number | undefined
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
  /** Those that pay at gates, or take turns. */
  readonly tolled: TolledRows
  readonly #db: Connection
  readonly #counts: Counts

  constructor(db: Connection, counts: Counts) {
    this.tolled = new TolledRows(db)
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
    this.#among = each<ReadyCells>(readyColumns, isReadyAmong)
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

  /** Whether something in a queue is due or has expired, or a lease has expired anywhere that has paid at a gate. */
  hasChores(look: Look): boolean {
    return (this.chores(look) & (someDue | someExpired)) > 0 || this.tolled.hasExpired(look)
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

  /** The tokens of a queue that are ready and match `only`: `limit` of them, or more. */
  matching(queue: Place & { readonly keyed: number }, request: Matching): readonly number[] {
    const { only, tokens, suspects, limit, moment, lane } = request
    if (tokens) return matchesAmong(this.#db, queue, { tokens, only, moment })
    const anyLane = queue.keyed ? isReadyInALane : isReady
    return matchesInLine(this.#db, queue, {
      ...{ only, moment, limit, lane },
      isReady: `${lane === undefined ? anyLane : isReadyIn} ${isSuspect[suspects]}`,
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
