import type { Statement } from './open-database.mjs'
import { type Expired, expiredColumns, unleased } from './queue-schema.ts'
import { TableStatements } from './table-statements.ts'

const byFence = `where token = ? and hop = ? and lease = ? and status = 'leased'`

/** The statements on the table of one queue that time brings about: messages become due, leases are renewed or run out. */
export class TimeStatements extends TableStatements {
  /** Makes due messages ready, a bounded number of them at a time. */
  get promote(): Statement<unknown[], never> {
    return this.prepare<never>(`update ${this.table} set status = 'ready', due = null
         where token in (select token from ${this.table} where status = 'delayed' and due <= ? order by due limit 0 + ?)`)
  }

  get promoteOne(): Statement<unknown[], never> {
    return this.prepare<never>(`update ${this.table} set status = 'ready', due = null where token = ?`)
  }

  /** Leases that have run out, a bounded number of them at a time. */
  get expired(): Statement<unknown[], Expired> {
    return this.prepare<Expired>(
      `select ${expiredColumns} from ${this.table} where status = 'leased' and until <= ? order by until limit 0 + ?`,
    )
  }

  get expiredOne(): Statement<unknown[], Expired> {
    return this.prepare<Expired>(`select ${expiredColumns} from ${this.table} where token = ?`)
  }

  /** Leases that are further ahead than they are long: they were given before the machine was started again. */
  get voided(): Statement<unknown[], Expired> {
    return this.prepare<Expired>(
      `select ${expiredColumns} from ${this.table} where status = 'leased' and until - lease_ms > ?`,
    )
  }

  /** Makes a message whose lease has run out ready again. */
  get reclaim(): Statement<unknown[], never> {
    return this.prepare<never>(`update ${this.table} set status = 'ready', attempts = ?, crashes = ?, suspect = ?, error = coalesce(?, error), ${unleased}
         where token = ?`)
  }

  /** Renews a lease that this process holds. */
  get extend(): Statement<unknown[], never> {
    return this.prepare<never>(`update ${this.table} set until = min(? + lease_ms, deadline) ${byFence}`)
  }

  /** Renews a lease if it is its owner who asks. */
  get extendFor(): Statement<unknown[], never> {
    return this.prepare<never>(
      `update ${this.table} set until = min(? + lease_ms, deadline) ${byFence} and owner = ?`,
    )
  }

  /** The leases of an owner that have not run out. */
  get leasedBy(): Statement<unknown[], { id: string; hop: number; lease: number }> {
    return this.prepare<{ id: string; hop: number; lease: number }>(
      `select id, hop, lease from ${this.table} where status = 'leased' and owner = ? and until > ?`,
    )
  }

  /** When the next delayed message is due, and when the next lease ends. */
  get next(): Statement<unknown[], { due: number | null; until: number | null }> {
    return this.prepare<{
      due: number | null
      until: number | null
    }>(`select (select due from ${this.table} where status = 'delayed' and due > ? order by due limit 1) as due,
                (select until from ${this.table} where status = 'leased' and until > ? order by until limit 1) as until`)
  }
}
