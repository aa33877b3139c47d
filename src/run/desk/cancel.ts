import type { Backend } from '../../queue/backend.ts'
import type { Take } from '../../queue/change.ts'
import { checkReason } from '../../queue/check-reason.ts'
import { ConflictError, isPipewrightError } from '../../queue/errors.ts'
import { checkPerson } from '../../queue/person.ts'
import { isUnknown } from '../../queue/refusals.ts'

/** Which token is cancelled, by whom and why. */
export interface Cancelling {
  readonly workflow: string
  readonly id: string
  /** Who cancels, for the history. */
  readonly by: string
  /** Why, for the history: 1 to 1,000 characters. */
  readonly reason: string
}

const looks = 10

/**
 * Takes a token out of its workflow for good, wherever it is, and with it all that owe it a reply, and theirs; work that is
 * under way on them is not committed. Returns the queue that it was in. If it is interrupted, it may have left some of them:
 * cancelling the same token again takes them. Rejects with `NotFoundError` if the workflow never knew it, with `ConflictError` if it
 * has finished, and with `InvalidError` without a person or a reason.
 */
export async function cancel(
  backend: Backend,
  { workflow, id, by, reason }: Cancelling,
): Promise<{ readonly queue: string }> {
  checkPerson(by, `Cancelling token "${id}"`, { id })
  checkReason(reason, `Cancelling token "${id}"`, { id })
  for (let look = 1; ; look++) {
    const queue = await whereIs(backend, workflow, id)
    try {
      const take = { kind: 'take', queue, id, event: 'cancelled', actor: by, reason, descend: true } as const
      await backend.commit([take])
      await takeRest(backend, workflow, take)
      return { queue }
    } catch (error) {
      // The token has hopped on since the look. Ten looks are enough for every token that does not run in a circle.
      if (look === looks || !isPipewrightError(error) || error.code !== 'not_found') throw error
    }
  }
}

async function whereIs(backend: Backend, workflow: string, id: string): Promise<string> {
  const journey = await backend.journey(workflow, id, { limit: 1 })
  if (!journey) throw isUnknown({ workflow, id })
  if (journey.queue !== undefined && journey.finishedAt === undefined) return journey.queue
  const last = journey.lines.at(-1)?.queue
  if (journey.outcome === 'cancelled' && last !== undefined && (await hasChildren(backend, workflow, id)))
    return last
  throw new ConflictError(`Token "${id}" of workflow "${workflow}" cannot be cancelled: it has finished.`, {
    id,
  })
}

/** Takes the descendants of a token that has been cancelled, which an earlier commit has left. */
export async function takeRest(backend: Backend, workflow: string, take: Take): Promise<void> {
  while (await hasChildren(backend, workflow, take.id)) {
    const { skipped } = await backend.commit([{ ...take, skip: true }])
    if (skipped.length > 0) return
  }
}

/** Whether children of a token are in a queue. */
export async function hasChildren(backend: Backend, workflow: string, id: string): Promise<boolean> {
  const family = await backend.family(workflow, id, { limit: 1 })
  const { left: _, ...living } = family?.children ?? { left: 0 }
  return Object.values(living).some((count) => count > 0)
}
