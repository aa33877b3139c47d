import type { Moment } from '../../queue/lapse.ts'
import type { Connection } from './connection.ts'
import { promoteDue, reclaimExpired, reclaimVoid } from './expiry.ts'
import type { Ledger } from './ledger.ts'
import { prepared } from './prepared.ts'
import type { QueueEntry } from './queue-schema.ts'
import type { QueueTable } from './queue-table.ts'

/** For so long it is left to the workers of a queue to find what has ended: they do so with each lease. */
const forWorkersMs = 60_000

/**
 * Whether a queue has messages that are shown as ready and not stored so, because no worker leases from it: leases that
 * ended and delays that were over a minute ago, or leases that are further ahead than they are long (an earlier boot's).
 */
export function someStale(db: Connection, { table }: QueueEntry, { now, elapsed }: Moment): boolean {
  const sql = `select
      exists (select 1 from ${table} where status = 'leased' and until <= @elapsed - ${forWorkersMs})
      or exists (select 1 from ${table} where status = 'delayed' and due <= @now - ${forWorkersMs})
      or exists (select 1 from ${table} where status = 'leased' and until - lease_ms > @elapsed)`
  return prepared<[Moment], number>(db, sql).pluck().get({ now, elapsed }) === 1
}

/** Makes such messages ready, in the transaction that is open. */
export function refresh(ledger: Ledger, table: QueueTable): void {
  ledger.departures.settleAt(table)
  promoteDue(ledger, table)
  reclaimExpired(ledger, table)
  reclaimVoid(ledger, table)
}
