import type { Pausing } from '../../../queue/backend.ts'
import { wasLeftOut } from '../../../queue/refusals.ts'
import { successorsOf } from '../../../queue/succession.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'

// A line about a queue has no token.
const noToken = { token: 0, hop: 0 }

/** Pauses or resumes leasing from a queue, or from those that have taken it over, in the transaction that is open. */
export function pause(
  db: Connection,
  open: OpenTransaction,
  { queue, paused, actor, reason }: Pausing & { readonly queue: string; readonly paused: boolean },
): void {
  const { registry } = open
  const queues = successorsOf(registry.queue(queue), registry.succession)
  if (queues.length === 0) throw wasLeftOut(queue)
  open.changed()
  for (const each of queues) {
    const { changes } = prepared<unknown[], never>(
      db,
      'update pw_queues set paused = ? where ref = ? and paused <> ?',
    ).run(paused ? 1 : 0, each.ref, paused ? 1 : 0)
    if (!paused) open.notify(each)
    if (changes > 0) open.line(noToken, each, paused ? 'paused' : 'resumed', { actor, reason })
  }
}
