import type { LeaseRequest } from '../../queue/backend.ts'
import type { Connection } from './connection.ts'
import type { Statement } from './open-database.mjs'
import { prepared } from './prepared.ts'
import type { QueueEntry } from './queue-schema.ts'
import { type LeasedCells, leasedColumns } from './row.ts'

type Suspects = NonNullable<LeaseRequest['suspects']>
type Numbers = Statement<unknown[], number>

// Constants, and `0 + ?`: SQLite plans a statement anew when a parameter is bound that its plan hangs on, as the
// end of a range or a limit does.
const isSuspect = { include: '', exclude: 'and suspect = 0', only: 'and suspect = 1' } as const

/** What decides when a ready message is leased. */
export type ReadyKey = readonly [token: number, suspect: number, priority: number]

/**
 * The statements that look for what can be leased from one queue. Each is prepared when it is first needed: a file may
 * have thousands of queues, most of which a process never leases from.
 */
export class LookStatements {
  readonly #db: Connection
  readonly #table: string
  readonly #isPaused: string
  readonly #ready: Partial<Record<Suspects, Statement<unknown[], LeasedCells>>> = {}
  readonly #readyKeys: Partial<Record<Suspects, Statement<unknown[], ReadyKey>>> = {}
  #probe: Numbers | undefined
  #hasReady: Numbers | undefined
  #chores: Numbers | undefined

  constructor(db: Connection, { table, ref }: QueueEntry) {
    this.#db = db
    this.#table = table
    this.#isPaused = `(select paused from pw_queues where ref = ${ref})`
  }

  /** What there is, as bits, at a wall time and an elapsed time; 0 while the queue is paused. */
  get probe(): Numbers {
    const t = this.#table
    this.#probe ??= this.#db
      .prepare<unknown[], number>(
        `select (not ${this.#isPaused}) * (
             exists (select 1 from ${t} where status = 'ready' and suspect = 0)
           + exists (select 1 from ${t} where status = 'ready' and suspect = 1) * 2
           + exists (select 1 from ${t} where status = 'delayed' and due <= ?) * 4
           + exists (select 1 from ${t} where status = 'leased' and until <= ?) * 8)`,
      )
      .pluck()
    return this.#probe
  }

  get hasReady(): Numbers {
    this.#hasReady ??= this.#db
      .prepare<unknown[], number>(`select exists (select 1 from ${this.#table} where status = 'ready')`)
      .pluck()
    return this.#hasReady
  }

  /** Whether the queue is paused, something is due, something has expired, as bits. */
  get chores(): Numbers {
    const t = this.#table
    this.#chores ??= this.#db
      .prepare<unknown[], number>(
        `select ${this.#isPaused}
           + 2 * exists (select 1 from ${t} where status = 'delayed' and due <= ?)
           + 4 * exists (select 1 from ${t} where status = 'leased' and until <= ?)`,
      )
      .pluck()
    return this.#chores
  }

  /** Finds the first messages that are ready. */
  ready(suspects: Suspects): Statement<unknown[], LeasedCells> {
    this.#ready[suspects] ??= this.#select<LeasedCells>(leasedColumns, suspects)
    return this.#ready[suspects]
  }

  /** The same without their values, which may be long: by the index alone. */
  readyKeys(suspects: Suspects): Statement<unknown[], ReadyKey> {
    this.#readyKeys[suspects] ??= this.#select<ReadyKey>('token, suspect, priority', suspects)
    return this.#readyKeys[suspects]
  }

  /** The same as `ready`, among tokens that are given as a JSON array. */
  readyAmong(suspects: Suspects): Statement<unknown[], LeasedCells> {
    const sql = `select ${leasedColumns} from ${this.#table} where status = 'ready' ${isSuspect[suspects]}
       and token in (select value from json_each(?)) order by suspect, priority, token limit 0 + ?`
    return prepared<unknown[], LeasedCells>(this.#db, sql).raw()
  }

  #select<Cells>(columns: string, suspects: Suspects): Statement<unknown[], Cells> {
    return this.#db
      .prepare<unknown[], Cells>(
        `select ${columns} from ${this.#table} where status = 'ready' ${isSuspect[suspects]}
         order by suspect, priority, token limit 0 + ?`,
      )
      .raw()
  }
}
