import type { LeaseRequest } from '../../queue/backend.ts'
import { AnswerStatements } from './answer-statements.ts'
import type { Arrival } from './arrivals.ts'
import type { Connection } from './connection.ts'
import type { Departure } from './departures.ts'
import type { Statement } from './open-database.mjs'
import { prepared } from './prepared.ts'
import type { QueueEntry } from './queue-schema.ts'
import { type LeasedCells, leasedColumns } from './row.ts'
import { RowsStatement } from './rows-statement.ts'
import { TimeStatements } from './time-statements.ts'

type Suspects = NonNullable<LeaseRequest['suspects']>
type Ready<Cells> = Readonly<Record<Suspects, Statement<unknown[], Cells>>>

// Constants, and `0 + ?`: SQLite plans a statement anew when a parameter is bound that its plan hangs on, as the
// end of a range or a limit does.
const isSuspect = { include: '', exclude: 'and suspect = 0', only: 'and suspect = 1' } as const

/** What decides when a ready message is leased. */
export type ReadyKey = readonly [token: number, suspect: number, priority: number]

/** The table of one queue, and the statements of a hop: how messages come, are leased, and go. */
export class QueueTable {
  readonly entry: QueueEntry
  /** The refs of tokens that were leased here lately, by id. */
  readonly refs = new Map<string, number>()
  readonly #db: Connection
  readonly answers: AnswerStatements
  readonly times: TimeStatements

  constructor(db: Connection, entry: QueueEntry) {
    this.#db = db
    this.entry = entry
    const t = entry.table
    this.answers = new AnswerStatements(db, t)
    this.times = new TimeStatements(db, t)
    const arrival = 'token, id, hop, value, priority, deploy, frames, parent'
    const arrived = 'column1, column2, column3, column4, column5, column6, column7, column8'
    const bind = (binds: unknown[], { token, id, hop, value, priority, deploy, frames, parent }: Arrival) => {
      binds.push(token, id, hop, value, priority, deploy, frames, parent)
    }
    this.push = new RowsStatement(db, {
      columns: 8,
      bind,
      sql: (rows) => `insert into ${t} (${arrival}, entered_at) select ${arrived}, ? from (values ${rows})`,
    })
    this.pushLeased = new RowsStatement(db, {
      columns: 8,
      bind,
      sql: (rows) =>
        `insert into ${t} (${arrival}, entered_at, owner, until, lease_ms, deadline, status, lease)
         select ${arrived}, ?, ?, ?, ?, ?, 'leased', 1 from (values ${rows})`,
    })
    this.pop = new RowsStatement(db, {
      columns: 3,
      bind: (binds, { token, change }) => binds.push(token, change.hop, change.lease),
      sql: (rows) =>
        `delete from ${t} where token in (select token from (values ${rows}) cross join ${t}
           where token = column1 and hop = column2 and lease = column3 and status = 'leased')`,
    })
    this.probe = db
      .prepare<unknown[], number>(
        `select (not (select paused from pw_queues where ref = ${entry.ref})) * (
             exists (select 1 from ${t} where status = 'ready' and suspect = 0)
           + exists (select 1 from ${t} where status = 'ready' and suspect = 1) * 2
           + exists (select 1 from ${t} where status = 'delayed' and due <= ?) * 4
           + exists (select 1 from ${t} where status = 'leased' and until <= ?) * 8)`,
      )
      .pluck()
    this.hasReady = db
      .prepare<unknown[], number>(`select exists (select 1 from ${t} where status = 'ready')`)
      .pluck()
    this.chores = db
      .prepare<unknown[], number>(
        `select (select paused from pw_queues where ref = ${entry.ref})
           + 2 * exists (select 1 from ${t} where status = 'delayed' and due <= ?)
           + 4 * exists (select 1 from ${t} where status = 'leased' and until <= ?)`,
      )
      .pluck()
    const ready = <Cells>(columns: string): Ready<Cells> => {
      const select = (suspects: string) =>
        db
          .prepare<unknown[], Cells>(
            `select ${columns} from ${t} where status = 'ready' ${suspects}
             order by suspect, priority, token limit 0 + ?`,
          )
          .raw()
      return { include: select(''), exclude: select(isSuspect.exclude), only: select(isSuspect.only) }
    }
    this.ready = ready(leasedColumns)
    this.readyKeys = ready('token, suspect, priority')
    this.lease = new RowsStatement(db, {
      columns: 1,
      bind: (binds, cells) => binds.push(cells[0]),
      sql: (rows) =>
        `update ${t} set status = 'leased', lease = lease + 1, owner = ?, until = ?, lease_ms = ?, deadline = ?,
           alone = ?
         where token in (values ${rows})`,
    })
  }

  /** Puts in messages as ready. */
  readonly push: RowsStatement<Arrival>
  /** Puts in messages that are leased in the transaction in which they came. */
  readonly pushLeased: RowsStatement<Arrival>
  /** Deletes the messages whose fences hold. */
  readonly pop: RowsStatement<Departure>
  readonly probe: Statement<unknown[], number>
  readonly hasReady: Statement<unknown[], number>
  readonly chores: Statement<unknown[], number>
  /** Finds the first messages that are ready. */
  readonly ready: Ready<LeasedCells>
  /** The same without their values, which may be long: by the index alone. */
  readonly readyKeys: Ready<ReadyKey>
  readonly lease: RowsStatement<LeasedCells>

  /** The same as `ready`, among tokens that are given as a JSON array. */
  readyAmong(suspects: Suspects): Statement<unknown[], LeasedCells> {
    const sql = `select ${leasedColumns} from ${this.entry.table} where status = 'ready' ${isSuspect[suspects]}
       and token in (select value from json_each(?)) order by suspect, priority, token limit 0 + ?`
    return prepared<unknown[], LeasedCells>(this.#db, sql).raw()
  }
}
