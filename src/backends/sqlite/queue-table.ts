import type { Statement } from 'better-sqlite3'
import type { Connection } from './connection.ts'
import { type Expired, expiredColumns, type Peeked, type QueueEntry } from './queue-schema.ts'
import { type LeasedCells, leasedColumns } from './row.ts'

const unleased = 'owner = null, until = null, lease_ms = null, deadline = null, progress = null'
const fenced = `id = ? and hop = ? and lease = ? and status = 'leased'`

/** The statements on the table of one queue that a commit or a lease runs, each prepared once, when it is first used. */
export class QueueTable {
  readonly entry: QueueEntry
  readonly #db: Connection
  readonly #prepared = new Map<string, Statement>()

  constructor(db: Connection, entry: QueueEntry) {
    this.#db = db
    this.entry = entry
    const t = entry.table
    this.push = db.prepare(
      `insert into ${t} (id, token, hop, value, priority, deploy, entered_at, frames, parent, status, due)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.pop = db.prepare<unknown[], number>(`delete from ${t} where ${fenced} returning token`).pluck()
    this.probe = db
      .prepare<unknown[], number>(
        `select not (select paused from pw_queues where ref = ${entry.ref}) and (
           exists (select 1 from ${t} where status = 'ready' and suspect between ? and ?)
           or exists (select 1 from ${t} where status = 'delayed' and due <= ?)
           or exists (select 1 from ${t} where status = 'leased' and until <= ?))`,
      )
      .pluck()
    this.chores = db
      .prepare<unknown[], number>(
        `select (select paused from pw_queues where ref = ${entry.ref})
           + 2 * exists (select 1 from ${t} where status = 'delayed' and due <= ?)
           + 4 * exists (select 1 from ${t} where status = 'leased' and until <= ?)`,
      )
      .pluck()
    this.lease = db
      .prepare<unknown[], LeasedCells>(
        `update ${t} set status = 'leased', lease = lease + 1, owner = ?, until = ?, lease_ms = ?, deadline = ?
         where seq in (
           select seq from ${t} where status = 'ready' and suspect between ? and ?
           order by suspect, priority, seq limit ?)
         returning ${leasedColumns}`,
      )
      .raw()
  }

  readonly push
  readonly pop
  readonly probe
  readonly chores
  readonly lease

  /** The same as `lease`, among ids that are given as a JSON array. */
  get leaseIds() {
    return this.#once<LeasedCells>(
      'leaseIds',
      (t) =>
        `update ${t} set status = 'leased', lease = lease + 1, owner = ?, until = ?, lease_ms = ?, deadline = ?
         where seq in (
           select seq from ${t} where status = 'ready' and suspect between ? and ?
           and id in (select value from json_each(?)) order by suspect, priority, seq limit ?)
         returning ${leasedColumns}`,
    ).raw()
  }

  /** Takes a message out whoever holds it. */
  get remove() {
    return this.#once<{ token: number; hop: number }>(
      'remove',
      (t) => `delete from ${t} where id = ? returning token, hop`,
    )
  }

  /** What a decision about one message needs to know of it. */
  get peek() {
    return this.#once<Peeked>(
      'peek',
      (t) => `select seq, token, hop, status, until, due from ${t} where id = ?`,
    )
  }

  get postpone() {
    return this.#once<number>(
      'postpone',
      (t) =>
        `update ${t} set status = ?, due = ?, attempts = attempts + ?, suspect = suspect * ?,
         error = coalesce(?, error), ${unleased} where ${fenced} returning token`,
    ).pluck()
  }

  get bury() {
    return this.#once<number>(
      'bury',
      (t) =>
        `update ${t} set status = 'dead', suspect = 0, error = coalesce(?, error), ${unleased}
         where ${fenced} returning token`,
    ).pluck()
  }

  get progress() {
    return this.#once<number>(
      'progress',
      (t) => `update ${t} set progress = ? where ${fenced} returning token`,
    ).pluck()
  }

  get revive() {
    return this.#once<number>(
      'revive',
      (t) =>
        `update ${t} set status = 'ready', suspect = 0, attempts = 0, crashes = 0
         where id = ? and status = 'dead' returning token`,
    ).pluck()
  }

  /** Makes due messages ready, a bounded number of them at a time. */
  get promote() {
    return this.#once<never>(
      'promote',
      (t) =>
        `update ${t} set status = 'ready', due = null
         where seq in (select seq from ${t} where status = 'delayed' and due <= ? order by due limit ?)`,
    )
  }

  get promoteOne() {
    return this.#once<never>(
      'promoteOne',
      (t) => `update ${t} set status = 'ready', due = null where seq = ?`,
    )
  }

  /** Leases that have run out, a bounded number of them at a time. */
  get expired() {
    return this.#once<Expired>(
      'expired',
      (t) =>
        `select ${expiredColumns} from ${t} where status = 'leased' and until <= ? order by until limit ?`,
    )
  }

  get expiredOne() {
    return this.#once<Expired>('expiredOne', (t) => `select ${expiredColumns} from ${t} where seq = ?`)
  }

  /** Leases that are further ahead than they are long: they were given before the machine was started again. */
  get voided() {
    return this.#once<Expired>(
      'voided',
      (t) => `select ${expiredColumns} from ${t} where status = 'leased' and until - lease_ms > ?`,
    )
  }

  /** Makes a message whose lease has run out ready again. */
  get reclaim() {
    return this.#once<never>(
      'reclaim',
      (t) =>
        `update ${t} set status = 'ready', attempts = ?, crashes = ?, suspect = ?, error = coalesce(?, error), ${unleased}
         where seq = ?`,
    )
  }

  get extend() {
    return this.#once<never>(
      'extend',
      (t) => `update ${t} set until = min(? + lease_ms, deadline)
         where status = 'leased' and owner = ? and deadline > ?`,
    )
  }

  get held() {
    return this.#once<{ id: string; hop: number; lease: number }>(
      'held',
      (t) => `select id, hop, lease from ${t} where status = 'leased' and owner = ? and deadline > ?`,
    )
  }

  /** When the next delayed message is due, and when the next lease ends. */
  get next() {
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
