import type { Change, Take } from '../../queue/change.ts'
import type { Held } from '../../queue/held.ts'
import { takeRest } from '../desk/cancel.ts'
import type { Runtime } from '../runtime.ts'
import type { RestingAttempt } from '../work/rest.ts'

const mostAtOnce = 100
// Children may hop on between the look and the take.
const looks = 10

/**
 * Cancels the children of this stay on which there is still work, with all below them, because one has failed their parent.
 * Those that are dead are left to people. It is done while the lease of the parent holds: if the process dies meanwhile, the
 * next attempt goes on.
 */
export async function cancelChildren(
  runtime: Pick<Runtime, 'backend' | 'workflow'>,
  { held }: RestingAttempt<any, any>,
  reason: string,
): Promise<void> {
  for (let look = 1; look <= looks; look++) if (await cancelAll(runtime, held, reason)) return
}

/** Returns whether none has hopped on meanwhile. */
async function cancelAll(
  { backend, workflow }: Pick<Runtime, 'backend' | 'workflow'>,
  { fence, row }: Held<any, any>,
  reason: string,
): Promise<boolean> {
  const proof: Change = { kind: 'remember', ...fence, forgive: true }
  const only = { parent: row.id, idPrefix: `${row.id}.${row.hop}.` }
  let isDone = true
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = await backend.list({ workflow }, { only, after, limit: mostAtOnce, values: false })
    after = page.next
    const takes = page.rows.flatMap(({ queue, id, status }): Take | [] => {
      if (queue === undefined || status === 'dead') return []
      const why = { event: 'cancelled', actor: fence.queue, reason } as const
      return { kind: 'take', queue, id, ...why, skip: true, descend: true }
    })
    if (takes.length === 0) continue
    const { skipped } = await backend.commit([proof, ...takes])
    if (skipped.length > 0) isDone = false
    for (const take of takes) await takeRest(backend, workflow, take)
  }
  return isDone
}
