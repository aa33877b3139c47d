import type { Statement } from 'better-sqlite3'
import type { LeaseRequest } from '../../queue/backend.ts'
import type { Arrival } from './arrivals.ts'
import type { Connection } from './connection.ts'
import type { Departure } from './departures.ts'
import { type Expired, expiredColumns, type Peeked, type QueueEntry } from './queue-schema.ts'
import { type LeasedCells, leasedColumns } from './row.ts'
import { RowsStatement } from './rows-statement.ts'

type Suspects = NonNullable<LeaseRequest['suspects']>

// Constants, and `0 + ?`: SQLite plans a statement anew when a parameter is bound that its plan hangs on, as the
// end of a range or a limit does.
const isSuspect = { include: '', exclude: 'and suspect = 0', only: 'and suspect = 1' } as const
const unleased = 'owner = null, until = null, lease_ms = null, deadline = null, progress = null'
const fenced = `token = ? and hop = ? and lease = ? and status = 'leased'`

/** The statements on the table of one queue that a commit or a lease runs, each prepared once, when it is first used. */
export class QueueTable {
  readonly entry: QueueEntry
  /** The refs of tokens that were leased here lately, by id. */
  readonly refs = new Map<string, number>()
  readonly #db: Connection
  readonly #prepared = new Map<string, Statement>()

  constructor(db: Connection, entry: QueueEntry) {
    this.#db = db
    this.entry = entry
    const t = entry.table
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
    const ready = (suspects: string) =>
      db
        .prepare<unknown[], LeasedCells>(
          `select ${leasedColumns} from ${t} where status = 'ready' ${suspects}
           order by suspect, priority, token limit 0 + ?`,
        )
        .raw()
    this.ready = { include: ready(''), exclude: ready(isSuspect.exclude), only: ready(isSuspect.only) }
    this.lease = new RowsStatement(db, {
      columns: 1,
      bind: (binds, cells) => binds.push(cells[0]),
      sql: (rows) =>
        `update ${t} set status = 'leased', lease = lease + 1, owner = ?, until = ?, lease_ms = ?, deadline = ?
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
  readonly ready: Readonly<Record<Suspects, Statement<unknown[], LeasedCells>>>
  readonly lease: RowsStatement<LeasedCells>

  /** Puts in a message that is delayed. */
  get pushDelayed(): Statement<unknown[], never> {
    return this.#once<never>(
      'pushDelayed',
      (t) =>
        `insert into ${t} (token, id, hop, value, priority, deploy, frames, parent, entered_at, status, due)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, 'delayed', ?)`,
    )
  }

  /** The same as `ready`, among tokens that are given as a JSON array. */
  readyAmong(suspects: Suspects): Statement<unknown[], LeasedCells> {
    return this.#once<LeasedCells>(
      `readyAmong ${suspects}`,
      (t) =>
        `select ${leasedColumns} from ${t} where status = 'ready' ${isSuspect[suspects]}
         and token in (select value from json_each(?)) order by suspect, priority, token limit 0 + ?`,
    ).raw()
  }

  /** Takes a message out whoever holds it. */
  get remove(): Statement<unknown[], { hop: number }> {
    return this.#once<{ hop: number }>('remove', (t) => `delete from ${t} where token = ? returning hop`)
  }

  /** What a decision about one message needs to know of it. */
  get peek(): Statement<unknown[], Peeked> {
    return this.#once<Peeked>(
      'peek',
      (t) => `select token, hop, status, until, due from ${t} where token = ?`,
    )
  }

  get postpone(): Statement<unknown[], never> {
    return this.#once<never>(
      'postpone',
      (t) =>
        `update ${t} set status = ?, due = ?, attempts = attempts + ?, suspect = suspect * ?,
         error = coalesce(?, error), ${unleased} where ${fenced}`,
    )
  }

  get bury(): Statement<unknown[], never> {
    return this.#once<never>(
      'bury',
      (t) =>
        `update ${t} set status = 'dead', suspect = 0, error = coalesce(?, error), ${unleased}
         where ${fenced}`,
    )
  }

  get progress(): Statement<unknown[], never> {
    return this.#once<never>('progress', (t) => `update ${t} set progress = ? where ${fenced}`)
  }

  get revive(): Statement<unknown[], never> {
    return this.#once<never>(
      'revive',
      (t) =>
        `update ${t} set status = 'ready', suspect = 0, attempts = 0, crashes = 0
         where token = ? and status = 'dead'`,
    )
  }

  /** Makes due messages ready, a bounded number of them at a time. */
  get promote(): Statement<unknown[], never> {
    return this.#once<never>(
      'promote',
      (t) =>
        `update ${t} set status = 'ready', due = null
         where token in (select token from ${t} where status = 'delayed' and due <= ? order by due limit 0 + ?)`,
    )
  }

  get promoteOne(): Statement<unknown[], never> {
    return this.#once<never>(
      'promoteOne',
      (t) => `update ${t} set status = 'ready', due = null where token = ?`,
    )
  }

  /** Leases that have run out, a bounded number of them at a time. */
  get expired(): Statement<unknown[], Expired> {
    return this.#once<Expired>(
      'expired',
      (t) =>
        `select ${expiredColumns} from ${t} where status = 'leased' and until <= ? order by until limit 0 + ?`,
    )
  }

  get expiredOne(): Statement<unknown[], Expired> {
    return this.#once<Expired>('expiredOne', (t) => `select ${expiredColumns} from ${t} where token = ?`)
  }

  /** Leases that are further ahead than they are long: they were given before the machine was started again. */
  get voided(): Statement<unknown[], Expired> {
    return this.#once<Expired>(
      'voided',
      (t) => `select ${expiredColumns} from ${t} where status = 'leased' and until - lease_ms > ?`,
    )
  }

  /** Makes a message whose lease has run out ready again. */
  get reclaim(): Statement<unknown[], never> {
    return this.#once<never>(
      'reclaim',
      (t) =>
        `update ${t} set status = 'ready', attempts = ?, crashes = ?, suspect = ?, error = coalesce(?, error), ${unleased}
         where token = ?`,
    )
  }

  get extend(): Statement<unknown[], never> {
    return this.#once<never>(
      'extend',
      (t) => `update ${t} set until = min(? + lease_ms, deadline)
         where status = 'leased' and owner = ? and deadline > ?`,
    )
  }

  get held(): Statement<unknown[], { id: string; hop: number; lease: number }> {
    return this.#once<{ id: string; hop: number; lease: number }>(
      'held',
      (t) => `select id, hop, lease from ${t} where status = 'leased' and owner = ? and deadline > ?`,
    )
  }

  /** When the next delayed message is due, and when the next lease ends. */
  get next(): Statement<unknown[], { due: number | null; until: number | null }> {
    return this.#once<{ due: number | null; until: number | null }>(
      'next',
      (t) =>
        `select (select due from ${t} where status = 'delayed' and due > ? order by due limit 1) as due,
                (select until from ${t} where status = 'leased' and until > ? order by until limit 1) as until`,
    )
  }

  #once<Result>(name: string, sql: (table: string) => string): Statement<unknown[], Result> {
    const known = this.#prepared.get(name)
    if (known) return known as Statement<unknown[], Result>
    const statement = this.#db.prepare<unknown[], Result>(sql(this.entry.table))
    this.#prepared.set(name, statement)
    return statement
  }
}
