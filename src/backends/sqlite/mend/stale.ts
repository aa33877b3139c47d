import type { Moment } from '../../../queue/lapse.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import { promoteDue, reclaimExpired, reclaimVoid } from '../lease/reclaim.ts'
import { prepared } from '../tables/prepared.ts'

/** For so long the workers of a queue have time to find what has ended: they do so with each lease. */
const forWorkersMs = 60_000

const stale = `select queue from pw_tokens where status = 'leased' and until <= @elapsed - ${forWorkersMs}
  union select queue from pw_tokens where status = 'leased' and until - lease_ms > @elapsed
  union select ref from pw_queues where exists
    (select 1 from pw_tokens where queue = ref and due <= @now - ${forWorkersMs} and status in ('delayed', 'waiting'))`

/**
 * The refs of queues with messages that are shown as ready and not stored so, because no worker leases from them: leases
 * that ended and delays that were over a minute ago, or leases that are further ahead than they are long (an earlier boot's).
 */
export function findStale(db: Connection, moment: Moment): readonly number[] {
  return prepared<[Moment], number>(db, stale).pluck().all(moment)
}

/** Makes such messages ready, in the transaction that is open. */
export function refresh(open: OpenTransaction, refs: readonly number[]): void {
  const queues = refs.flatMap((ref) => open.registry.of(ref) ?? [])
  for (const queue of queues) {
    promoteDue(open, queue)
    reclaimExpired(open, queue)
  }
  for (const workflow of new Set(queues.map((queue) => queue.workflow))) reclaimVoid(open, workflow)
}
