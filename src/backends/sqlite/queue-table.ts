import { AnswerStatements } from './answer-statements.ts'
import type { Arrival } from './arrivals.ts'
import type { Connection } from './connection.ts'
import type { Departure } from './departures.ts'
import { LookStatements } from './look-statements.ts'
import type { QueueEntry } from './queue-schema.ts'
import type { LeasedCells } from './row.ts'
import { RowsStatement } from './rows-statement.ts'
import { TimeStatements } from './time-statements.ts'

/** The table of one queue, and the statements of a hop: how messages come, are leased, and go. */
export class QueueTable {
  readonly entry: QueueEntry
  /** The refs of tokens that were leased here lately, by id. */
  readonly refs = new Map<string, number>()
  readonly answers: AnswerStatements
  readonly times: TimeStatements
  readonly looks: LookStatements

  constructor(db: Connection, entry: QueueEntry) {
    this.entry = entry
    const t = entry.table
    this.answers = new AnswerStatements(db, t)
    this.times = new TimeStatements(db, t)
    this.looks = new LookStatements(db, entry)
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
        `insert into ${t} (${arrival}, entered_at, leased_at, owner, until, lease_ms, deadline, status, lease)
         select ${arrived}, ?, ?, ?, ?, ?, ?, 'leased', 1 from (values ${rows})`,
    })
    this.pop = new RowsStatement(db, {
      columns: 3,
      bind: (binds, { token, change }) => binds.push(token, change.hop, change.lease),
      sql: (rows) =>
        `delete from ${t} where token in (select token from (values ${rows}) cross join ${t}
           where token = column1 and hop = column2 and lease = column3 and status = 'leased')`,
    })
    this.lease = new RowsStatement(db, {
      columns: 1,
      bind: (binds, cells) => binds.push(cells[0]),
      sql: (rows) =>
        `update ${t} set status = 'leased', lease = lease + 1, owner = ?, until = ?, lease_ms = ?, deadline = ?,
           alone = ?, leased_at = ?
         where token in (values ${rows})`,
    })
  }

  /** Puts in messages as ready. */
  readonly push: RowsStatement<Arrival>
  /** Puts in messages that are leased in the transaction in which they came. */
  readonly pushLeased: RowsStatement<Arrival>
  /** Deletes the messages whose fences hold. */
  readonly pop: RowsStatement<Departure>
  readonly lease: RowsStatement<LeasedCells>
}
