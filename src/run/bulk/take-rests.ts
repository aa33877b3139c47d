import { hasChildren, takeRest } from '../desk/cancel.ts'
import type { BulkPlace } from './bulk-place.ts'
import type { Handled } from './handled.ts'
import type { RunState } from './run-state.ts'

/**
 * Takes the descendants of tokens that were cancelled which did not fit in the commit: a thousand of each do. May be
 * interrupted, and begin again.
 */
export async function takeRests(
  { backend, workflow }: BulkPlace,
  run: string,
  { by, reason }: RunState,
  cancelled: readonly Handled[],
): Promise<void> {
  const counts = await backend.count()
  // Only tokens that are split have children that owe them something.
  if (!counts.some((count) => count.workflow === workflow && count.role === 'reply')) return
  for (const { id, queue, hop } of cancelled) {
    if (!(await hasChildren(backend, workflow, id))) continue
    const why = { actor: by, reason, fields: { by: run } }
    await takeRest(backend, workflow, {
      kind: 'take',
      queue,
      id,
      hop,
      event: 'cancelled',
      descend: true,
      ...why,
    })
  }
}
