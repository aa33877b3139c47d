import type { Pausing } from '../../../queue/backend.ts'
import type { Connection } from '../file/connection.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import { prepared } from '../tables/prepared.ts'

/** Stops what is leased from a queue, or lets it go on, in the transaction that is open. */
export function pause(
  db: Connection,
  open: OpenTransaction,
  { queue, paused, actor, reason }: Pausing & { readonly queue: string; readonly paused: boolean },
): void {
  const entry = open.registry.queue(queue)
  const { changes } = prepared<unknown[], never>(
    db,
    'update pw_queues set paused = ? where ref = ? and paused <> ? and not retired',
  ).run(paused ? 1 : 0, entry.ref, paused ? 1 : 0)
  open.changed()
  if (!paused) open.tell(entry)
  if (changes > 0) open.line(noToken, entry, paused ? 'paused' : 'resumed', { actor, reason })
}

// A line about a queue has no token.
const noToken = { token: 0, hop: 0 }
