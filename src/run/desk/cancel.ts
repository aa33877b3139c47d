import type { Backend } from '../../queue/backend.ts'
import { checkReason } from '../../queue/check-reason.ts'
import { ConflictError, isPipewrightError, NotFoundError } from '../../queue/errors.ts'
import { checkPerson } from '../../queue/person.ts'

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
 * Takes a token out of its workflow for good, wherever it is; work that is under way on it is not committed. Returns
 * the queue that it was in. Rejects with `NotFoundError` if the workflow never knew it, with `ConflictError` if it
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
      await backend.commit([{ kind: 'take', queue, id, event: 'cancelled', actor: by, reason }])
      return { queue }
    } catch (error) {
      // The token has hopped on since the look. Ten looks are enough for every token that does not run in a circle.
      if (look === looks || !isPipewrightError(error) || error.code !== 'not_found') throw error
    }
  }
}

async function whereIs(backend: Backend, workflow: string, id: string): Promise<string> {
  const journey = await backend.journey(workflow, id, { limit: 1 })
  if (!journey) throw new NotFoundError(`Workflow "${workflow}" knows no token "${id}".`, { id })
  if (journey.queue !== undefined && journey.finishedAt === undefined) return journey.queue
  throw new ConflictError(`Token "${id}" of workflow "${workflow}" cannot be cancelled: it has finished.`, {
    id,
  })
}
