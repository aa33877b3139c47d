import type { Pausing } from '../../queue/backend.ts'
import { wasLeftOut } from '../../queue/refusals.ts'
import { successorsOf } from '../../queue/succession.ts'
import type { Connection } from './connection.ts'
import type { Ledger } from './ledger.ts'
import { prepared } from './prepared.ts'

/** Stops what is leased from a queue, or from those that have taken it over, or lets it go on, in the transaction that is open. */
export function pause(
  db: Connection,
  { history, registry, turn }: Ledger,
  { queue, paused, actor, reason }: Pausing & { readonly queue: string; readonly paused: boolean },
): void {
  const tables = successorsOf(registry.table(queue), registry.succession)
  if (tables.length === 0) throw wasLeftOut(queue)
  turn.dirty = true
  for (const table of tables) {
    const { ref } = table.entry
    const { changes } = prepared<unknown[], never>(
      db,
      'update pw_queues set paused = ? where ref = ? and paused <> ?',
    ).run(paused ? 1 : 0, ref, paused ? 1 : 0)
    if (!paused) turn.tell(table)
    if (changes === 0) continue
    // A line about a queue has no token.
    const key = { at: turn.now, token: 0, hop: 0, queue: ref }
    history.add(key, paused ? 'paused' : 'resumed', { actor, reason })
  }
}
