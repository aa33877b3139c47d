import type { GateState, Parked } from '../../../queue/gate.ts'
import { shutAt } from '../../../queue/rules/gate.ts'
import {
  commonNames,
  type GateRecord,
  type GateSource,
  gateOf,
  parkedFor,
  standsBehind,
} from '../../../queue/rules/gate-record.ts'
import { gateStateOf, isUsed } from '../../../queue/rules/show-gate.ts'
import type { Connection } from '../file/connection.ts'
import { gateRecordOf, selectGates } from '../tables/gate-rows.ts'
import { prepared } from '../tables/prepared.ts'
import { type QueueEntry, standOf } from '../tables/queue-entry.ts'
import { inLineOf } from '../tables/schema.ts'
import { asksOf } from '../tables/tolls-text.ts'

type Stand = Pick<QueueEntry, 'ref' | 'name' | 'behind'>

/** The gates as they are in the file, outside of a transaction that changes them. */
export class GatesInFile implements GateSource {
  readonly #db: Connection

  constructor(db: Connection) {
    this.#db = db
  }

  find(name: string, key: string): GateRecord | undefined {
    const cells = prepared<[string, string], Parameters<typeof gateRecordOf>[0]>(
      this.#db,
      `${selectGates} where name = ? and key = ?`,
    ).get(name, key)
    return cells && gateRecordOf(cells)
  }

  get(ref: number): GateRecord {
    const cells = prepared<[number], Parameters<typeof gateRecordOf>[0]>(
      this.#db,
      `${selectGates} where ref = ?`,
    ).get(ref)
    return gateRecordOf(cells!)
  }

  /** Whether a gate is shut at which all messages of a queue stop. */
  isShut(queue: Stand, now: number): boolean {
    return commonNames(standOf(queue)).some((name) => {
      const row = this.find(name, '')
      return row !== undefined && shutAt(gateOf(this, row.ref), now) !== undefined
    })
  }

  /** Where a message waits; without one, any of the queue that asks for one unit. */
  parked(queue: Stand, message: Message | undefined, now: number): Parked | undefined {
    const { token = 0, key = '', tolls = null } = message ?? {}
    const holds = (gate: number) =>
      prepared<[number, number], number>(this.#db, 'select 1 from pw_holds where token = ? and gate = ?').get(
        token,
        gate,
      ) !== undefined
    return parkedFor(this, standOf(queue), { message: { key, asks: asksOf(tolls), holds }, now })
  }

  /** Where the ready messages of a queue wait, by the one whose turn it is. */
  parkedIn(queue: Stand, now: number): Parked | undefined {
    return this.parked(queue, this.first(queue.ref), now)
  }

  /** The message of a queue whose turn it is. */
  first(ref: number): Message | undefined {
    return prepared<[{ ref: number }], Message>(
      this.#db,
      `select token, '' as key, tolls from pw_tokens where ${inLineOf('@ref')} and status = 'ready' and lane = 0
         order by suspect, priority, token limit 1`,
    ).get({ ref })
  }

  /** When the first gate opens by itself at which messages wait; Infinity if none does. */
  nextOpening(now: number): number {
    const queues = prepared<[], Stand>(
      this.#db,
      'select ref, name, behind from pw_queues where gated and not retired',
    ).all()
    const times = queues.map((queue) => {
      const first = this.first(queue.ref)
      return (first && this.parked(queue, first, now)?.until) ?? Number.POSITIVE_INFINITY
    })
    return Math.min(Number.POSITIVE_INFINITY, ...times)
  }

  /** What `Backend.gates` says. */
  states(now: number): readonly GateState[] {
    const queues = prepared<[], Stand>(
      this.#db,
      'select ref, name, behind from pw_queues where not retired order by ref',
    ).all()
    const rows = prepared<[], Parameters<typeof gateRecordOf>[0]>(this.#db, `${selectGates} order by ref`)
    return rows
      .all()
      .map((cells) => ({ ...gateRecordOf(cells), gate: gateOf(this, cells.ref) }))
      .filter(({ declared, gate }) => declared || isUsed(gate))
      .map(({ name, key, gate }) => {
        const behind = queues.filter((queue) => standsBehind(standOf(queue), name)).map((queue) => queue.name)
        return gateStateOf({ name, key, gate }, { now, queues: behind })
      })
  }
}

/** What says where a message waits. */
export interface Message {
  readonly token: number
  readonly key: string
  readonly tolls: string | null
}
