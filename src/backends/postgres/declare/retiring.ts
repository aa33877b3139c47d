import type { Declaration } from '../../../queue/declaration.ts'
import { closedAt, openRetired, passedOnFrom, shutHeir } from '../../../queue/rules/declared-gates.ts'
import { heirsOf, type Succession } from '../../../queue/succession.ts'
import type { Draft } from '../commit/draft.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
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
export async function settleHeirs(
  open: OpenTransaction,
  { queue, declaration, after, added }: Settled,
): Promise<void> {
  const { workflow, queues: specs } = declaration
  const heirs = heirsOf(queue.name, specs)
  const isKept = heirs[0]?.name === queue.name
  if (isKept && heirs.length === 1) return settle(open, queue, { retired: false, heirs: null })
  await moveMessages(open, { queue, workflow, after })
  if (queue.isRetired && heirs.length === 0) return
  const { now } = open.moment
  const named = new Map(heirs.map(({ name }) => [name, open.queues.named(name)!]))
  await open.run((draft) => {
    const closed = closedAt(draft.gates, queue.name, now)
    for (const heir of heirs)
      if (closed && (added.has(heir.name) || !isKept))
        if (shutHeir(draft.gates, heir.name, { closed, now })) tellPause(draft, queue, named.get(heir.name)!)
    if (!isKept) openRetired(draft.gates, queue.name)
  })
  open.keep()
  const refs = after.heirs(queue.name)!.map((name) => open.queues.named(name)!.ref)
  await settle(open, queue, { retired: !isKept, heirs: JSON.stringify(refs) })
}

async function settle(
  open: OpenTransaction,
  { ref }: QueueEntry,
  { retired, heirs }: { readonly retired: boolean; readonly heirs: string | null },
): Promise<void> {
  await open.rows('update pw_queues set retired = $2, heirs = $3 where ref = $1', ref, retired, heirs)
}

// A retired queue is not paused, so this happens once: an operator who resumes the heirs is not overruled.
function tellPause(draft: Draft, from: QueueEntry, to: QueueEntry): void {
  draft.say({ token: 0, hop: 0, queue: to }, 'paused', { reason: passedOnFrom(from.name) })
}
