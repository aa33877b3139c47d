import type { Filter } from '../../../queue/filter.ts'
import type { GateState, Parked } from '../../../queue/gate.ts'
import { type GateRecord, type GateSource, isShutFor, parkedFor } from '../../../queue/rules/gate-record.ts'
import { gateStates } from '../../../queue/rules/gate-states.ts'
import type { Connection } from '../file/connection.ts'
import { GateRows } from '../tables/gate-rows.ts'
import { laneOf } from '../tables/lane-rows.ts'
import { prepared } from '../tables/prepared.ts'
import { type QueueEntry, standOf } from '../tables/queue-entry.ts'
import { inLineOf } from '../tables/schema.ts'
import { asksOf } from '../tables/tolls-text.ts'

/** So many lanes are looked at, at most, for a count or a time. */
const mostLanes = 20

type Stand = Pick<QueueEntry, 'ref' | 'name' | 'behind'>

/** The gates as they are in the file, outside of a transaction that changes them. */
export class GatesInFile implements GateSource {
  readonly #db: Connection
  readonly #rows: GateRows

  constructor(db: Connection) {
    this.#db = db
    this.#rows = new GateRows(db)
  }

  find(name: string, key: string): GateRecord | undefined {
    return this.#rows.find(name, key)
  }

  get(ref: number): GateRecord {
    return this.#rows.get(ref)!
  }

  /** Whether a gate is shut at which all messages of a queue stop. */
  isShut(queue: Stand, now: number): boolean {
    return isShutFor(this, standOf(queue), now)
  }

  /** The queues in which a filter may match something: behind a gate that is shut there are no suspects to be leased. */
  openTo<Queue extends Stand>(
    { suspect }: Filter = {},
    queues: readonly Queue[],
    now: number,
  ): readonly Queue[] {
    return suspect ? queues.filter((queue) => !this.isShut(queue, now)) : queues
  }

  /** Where a message waits; without one, any of the queue that asks for one unit. */
  parked(queue: Stand, message: Message | undefined, now: number): Parked | undefined {
    const { token = 0, key = '', tolls = null } = message ?? {}
    const holds = (gate: number) => this.#rows.heldBy(token, gate) > 0
    return parkedFor(this, standOf(queue), { message: { key, asks: asksOf(tolls), holds }, now })
  }

  /** Where the ready messages of a queue wait; undefined if one of them may be leased. */
  parkedIn(queue: Stand, now: number): Parked | undefined {
    const [first, ...others] = this.#firsts(queue)
    const parked = this.parked(queue, first, now)
    const isKept = (each: Message) => this.parked(queue, each, now) !== undefined
    return parked && others.every(isKept) && !this.letsHoldersPass(queue, now) ? parked : undefined
  }

  /** Whether a message may be leased that holds units already, wherever it is in its lane. */
  letsHoldersPass(queue: Stand, now: number): boolean {
    return this.#holders(queue).some((each) => !this.parked(queue, each, now))
  }

  /** The first messages of a queue that hold units already. */
  #holders({ ref }: Pick<Stand, 'ref'>): readonly Message[] {
    return prepared<[{ ref: number; most: number }], Message>(
      this.#db,
      `select t.token, coalesce(l.key, '') as key, t.tolls from pw_tokens t left join pw_lanes l on l.ref = t.lane
         where t.queue = @ref and t.status is not 'leased' and t.status = 'ready' and t.holds = 1
         order by t.suspect, t.priority, t.token limit 0 + @most`,
    ).all({ ref, most: mostLanes })
  }

  /** The messages of a queue whose turn it is: one of each of the lanes that are first in line, or else of those that are blocked. */
  #firsts({ ref }: Pick<Stand, 'ref'>): readonly Message[] {
    const lanes = prepared<[{ ref: number; most: number }], { ref: number; key: string }>(
      this.#db,
      `select * from (select ref, key from pw_lanes where queue = @ref and idle = 0 and blocked is null
           order by priority, turn limit 0 + @most)
         union all select * from (select ref, key from pw_lanes where queue = @ref and blocked is not null
           order by until limit 0 + @most)`,
    ).all({ ref, most: mostLanes })
    if (lanes.length === 0) return this.#first(ref, 0, '')
    return lanes.flatMap((lane) => this.#first(ref, laneOf(lane), lane.key))
  }

  #first(ref: number, lane: number, key: string): readonly Message[] {
    return prepared<[{ ref: number; lane: number; key: string }], Message>(
      this.#db,
      `select token, @key as key, tolls from pw_tokens where ${inLineOf('@ref')} and status = 'ready' and lane = @lane
         order by suspect, priority, token limit 1`,
    ).all({ ref, lane, key })
  }

  /** When the first gate opens by itself at which messages wait; Infinity if none does. */
  nextOpening(now: number): number {
    const queues = prepared<[], Stand>(
      this.#db,
      'select ref, name, behind from pw_queues where gated and not retired',
    ).all()
    const times = queues.flatMap((queue) =>
      this.#firsts(queue).map((first) => this.parked(queue, first, now)?.until ?? Number.POSITIVE_INFINITY),
    )
    return Math.min(Number.POSITIVE_INFINITY, ...times)
  }

  /** What `Backend.gates` says. */
  states(now: number): readonly GateState[] {
    const queues = prepared<[], Stand>(
      this.#db,
      'select ref, name, behind from pw_queues where not retired order by ref',
    ).all()
    return gateStates(this, this.#rows.all(), { queues: queues.map(standOf), now })
  }
}

/** What says where a message waits. */
export interface Message {
  readonly token: number
  readonly key: string
  readonly tolls: string | null
}
