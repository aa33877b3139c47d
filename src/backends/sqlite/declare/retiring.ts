import type { Declaration, QueueSpec } from '../../../queue/declaration.ts'
import { closedAt, openRetired, passedOnFrom, shutHeir } from '../../../queue/rules/declared-gates.ts'
import type { Closed } from '../../../queue/rules/gate.ts'
import { heirsOf, type Succession } from '../../../queue/succession.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { moveMessages } from './heirs.ts'

interface Settled {
  readonly queue: QueueEntry
  readonly declaration: Declaration
  /** Which queue takes over what, by name. */
  readonly after: Succession<string>
  /** The names of the queues that were not there before the declaration. */
  readonly added: ReadonlySet<string>
}

/**
 * Moves all of a queue that is gone, or split, to its heirs: its messages, its pause, and what processes of older versions
 * will still push into it. One that was left out before, and that no spec names, stays as it is. Throws a
 * `ConflictError` if something in it has no heir.
 */
export function settleHeirs(
  db: Connection,
  open: OpenTransaction,
  { queue, declaration, after, added }: Settled,
): void {
  const { workflow, queues: specs } = declaration
  const heirs = heirsOf(queue.name, specs)
  const isKept = heirs[0]?.name === queue.name
  if (isKept && heirs.length === 1) return settle(db, queue, { retired: 0, heirs: null })
  moveMessages(db, open, { queue, workflow, after })
  if (queue.retired && heirs.length === 0) return
  const closed = closedAt(open.gates, queue.name, open.now)
  if (closed)
    for (const heir of heirs)
      if (added.has(heir.name) || !isKept) passPause(open, { from: queue, to: heir, closed })
  if (!isKept) openRetired(open.gates, queue.name)
  const refs = after.heirs(queue.name)!.map((name) => open.registry.find(name)!)
  settle(db, queue, { retired: isKept ? 0 : 1, heirs: JSON.stringify(refs) })
}

function settle(
  db: Connection,
  { ref, retired, heirs }: QueueEntry,
  now: { retired: 0 | 1; heirs: string | null },
): void {
  if (retired === now.retired && heirs === now.heirs) return
  prepared<object, never>(db, 'update pw_queues set retired = @retired, heirs = @heirs where ref = @ref').run(
    { ref, ...now },
  )
}

// A retired queue is not paused, so this happens once: an operator who resumes the heirs is not overruled.
function passPause(
  open: OpenTransaction,
  { from, to, closed }: { readonly from: QueueEntry; readonly to: QueueSpec; readonly closed: Closed },
): void {
  if (!shutHeir(open.gates, to.name, { closed, now: open.now })) return
  const queue = open.registry.of(open.registry.find(to.name)!)!
  open.line({ token: 0, hop: 0 }, queue, 'paused', {
    reason: passedOnFrom(from.name),
  })
}
