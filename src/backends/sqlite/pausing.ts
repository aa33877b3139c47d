import type { Pausing } from '../../queue/backend.ts'
import type { Connection } from './connection.ts'
import type { Ledger } from './ledger.ts'
import { prepared } from './prepared.ts'

/** Stops what is leased from a queue, or lets it go on, in the transaction that is open. */
export function pause(
  db: Connection,
  { history, registry, turn }: Ledger,
  { queue, paused, actor, reason }: Pausing & { readonly queue: string; readonly paused: boolean },
): void {
  const table = registry.table(queue)
  const { ref } = table.entry
  const { changes } = prepared<unknown[], never>(
    db,
    'update pw_queues set paused = ? where ref = ? and paused <> ? and not retired',
  ).run(paused ? 1 : 0, ref, paused ? 1 : 0)
  turn.dirty = true
  if (!paused) turn.tell(table)
  if (changes === 0) return
  // A line about a queue has no token.
  const key = { at: turn.now, token: 0, hop: 0, queue: ref }
  history.add(key, paused ? 'paused' : 'resumed', { actor, reason })
}
