import type { Paid } from '../../../queue/rules/paid.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'
import { paidText, withPaid } from '../tables/tolls-text.ts'
import {
  isReady,
  isReadyAmong,
  isReadyInALane,
  isSuspect,
  type Look,
  type ReadyCells,
  readyColumns,
  type Suspects,
} from './ready.ts'

/** A ready message, and what it asks for at gates. */
export type TolledCells = readonly [cells: ReadyCells, tolls: string | null]

type Flat = [...cells: ReadyCells, tolls: string | null]

/** The statements that look for messages which pay at gates, or have keys: few queues have such. */
export class TolledRows {
  readonly #db: Connection

  constructor(db: Connection) {
    this.#db = db
  }

  /** The first messages of a queue without keys that are ready, or those among `tokens`, in a lane or in any. */
  first(
    queue: number,
    suspects: Suspects,
    {
      tokens,
      lane,
      limit,
    }: { readonly tokens?: readonly number[]; readonly lane?: number | undefined; readonly limit: number },
  ): readonly TolledCells[] {
    const among = tokens && { tokens: JSON.stringify(tokens) }
    const inLane = lane === undefined ? '' : 'and +lane = @lane'
    const which = `${among ? isReadyAmong : isReady} ${isSuspect[suspects]} ${inLane}`
    return this.#select(`${which} order by suspect, priority, token limit 0 + @limit`, {
      ...{ queue, limit, lane, ...among },
    })
  }

  /** The first messages of a queue, or of a lane, that are ready and hold units at a gate until they leave. */
  holders(
    queue: number,
    suspects: Suspects,
    { lane, limit }: { readonly lane: number | undefined; readonly limit: number },
  ): readonly TolledCells[] {
    const inLane = lane === undefined ? '' : 'and +lane = @lane'
    const which = `${isReadyInALane} and holds = 1 ${isSuspect[suspects]} ${inLane}`
    return this.#select(`${which} order by suspect, priority, token limit 0 + @limit`, { queue, lane, limit })
  }

  /** The first `limit` messages of each of these lanes that are ready and no suspects. */
  firstOfLanes(queue: number, lanes: readonly number[], limit: number): readonly (readonly TolledCells[])[] {
    if (limit > 1) return lanes.map((lane) => this.#ofLane(0, { queue, lane, limit }))
    const found = prepared<object, Flat>(
      this.#db,
      `select ${readyColumns}, tolls from (select value as v from json_each(@lanes)) j
         cross join pw_tokens on token = (select token from pw_tokens
         where ${isReadyInALane} and lane = j.v and suspect = 0
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

  /** Whether a lane of a queue, or that of a key, is in line, or may have suspects. */
  wouldTurn({ queue, now }: Look, suspects: Suspects, key?: string): boolean {
    const isFree = '(blocked is null or until <= @now)'
    const mayGive = {
      include: `${isFree} and (idle = 0 or suspects = 1)`,
      exclude: `${isFree} and idle = 0`,
      only: 'suspects = 1',
    } as const
    const ofKey = key === undefined ? '' : 'and key = @key'
    const sql = `select 1 from pw_lanes where queue = @queue ${ofKey} and ${mayGive[suspects]} limit 1`
    return prepared<object, number>(this.#db, sql).get({ queue, now, key }) !== undefined
  }

  /** Whether a lease has expired, in any queue, that has paid at a gate. */
  hasExpired({ elapsed }: Look): boolean {
    const sql = `select 1 from pw_tokens where status = 'leased' and until <= ? and tolls is not null limit 1`
    return prepared<[number], number>(this.#db, sql).get(elapsed) !== undefined
  }

  /** Writes what a lease has paid. */
  pay(token: number, paid: readonly Paid[]): void {
    if (paid.length === 0) return
    const sql = `update pw_tokens set tolls = ${withPaid('?')} where token = ?`
    prepared<[string | null, number], never>(this.#db, sql).run(paidText(paid), token)
  }

  #ofLane(suspect: 0 | 1, of: { queue: number; lane: number; limit: number }): readonly TolledCells[] {
    const which = `${isReadyInALane} and lane = @lane and suspect = ${suspect}`
    return this.#select(`${which} order by priority, token limit 0 + @limit`, of)
  }

  #select(which: string, binds: object): readonly TolledCells[] {
    const sql = `select ${readyColumns}, tolls from pw_tokens where ${which}`
    return prepared<[object], Flat>(this.#db, sql).raw().all(binds).map(split)
  }
}

function split(cells: Flat): TolledCells {
  return [cells.slice(0, 13) as ReadyCells, cells[13]]
}
