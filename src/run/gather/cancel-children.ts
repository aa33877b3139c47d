import type { Change, Take } from '../../queue/change.ts'
import type { Held } from '../../queue/held.ts'
import type { Row } from '../../queue/rows.ts'
import { takeRest } from '../desk/cancel.ts'
import type { Runtime } from '../runtime.ts'
import type { RestingAttempt } from '../work/rest.ts'

const mostAtOnce = 100
// Children may hop on between the look and the take.
const looks = 10

/** A stay that has split a token. */
type Parent = Pick<Row, 'id' | 'hop'>

/**
 * Cancels the children of this stay on which there is still work, with all below them, because one has failed their parent.
 * Those that are dead are left to people, but not what is below them. It is done while the lease of the parent holds: if
 * the process dies meanwhile, the next attempt goes on.
 */
export async function cancelChildren(
  runtime: Pick<Runtime, 'backend' | 'workflow'>,
  { held }: RestingAttempt<any, any>,
  reason: string,
): Promise<void> {
  const cancelling = { ...runtime, held, reason }
  for (let look = 1; look <= looks; look++) if (await cancelAll(cancelling, held.row)) return
}

interface Cancelling extends Pick<Runtime, 'backend' | 'workflow'> {
  readonly held: Held<any, any>
  readonly reason: string
}

/** Returns whether none has hopped on meanwhile. */
async function cancelAll(cancelling: Cancelling, { id: parent, hop }: Parent): Promise<boolean> {
  const { backend, workflow, held, reason } = cancelling
  const { fence } = held
  const proof: Change = { kind: 'remember', ...fence, forgive: true }
  const only = { parent, idPrefix: `${parent}.${hop}.` }
  let isDone = true
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = await backend.list({ workflow }, { only, after, limit: mostAtOnce, values: false })
    after = page.next
    const takes: Take[] = []
    for (const row of page.rows) {
      const { queue, id, status } = row
      if (queue === undefined) continue
      if (status === 'dead') isDone = (await cancelAll(cancelling, row)) && isDone
      else
        takes.push({
          ...{ kind: 'take', queue, id, event: 'cancelled', actor: fence.queue, reason },
          ...{ skip: true, descend: true },
        })
    }
    if (takes.length === 0) continue
    const { skipped } = await backend.commit([proof, ...takes])
    if (skipped.length > 0) isDone = false
    for (const take of takes) await takeRest(backend, workflow, take)
  }
  return isDone
}
