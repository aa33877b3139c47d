import { ConflictError, isPipewrightError } from '../queue/errors.ts'
import type { HistoryEvent } from '../queue/journey.ts'
import { leavingEvents } from '../queue/leaving.ts'
import { isUnknown } from '../queue/refusals.ts'
import type { Place } from './desk-place.ts'

/**
 * Resolves as `attempt` does. If it was too late, because the token has left the desk, rejects with a `ConflictError` that
 * says who decided what; for an unknown token the `NotFoundError` stays.
 */
export async function sayWhoWasFirst<T>(place: Place, id: string, attempt: Promise<T>): Promise<T> {
  try {
    return await attempt
  } catch (error) {
    if (!isPipewrightError(error) || !/^(not_found|conflict|lease_lost)$/.test(error.code)) throw error
    throw (await explain(place, id, error)) ?? error
  }
}

async function explain(
  { backend, workflow, desk: { queue } }: Place,
  id: string,
  cause: Error,
): Promise<Error | undefined> {
  const journey = await backend.journey(workflow, id, { limit: 20 })
  if (!journey) return isUnknown({ workflow, id }, cause)
  if (journey.queue === queue) return undefined
  const left = journey.lines.findLast((line) => line.queue === queue && leaving.has(line.event))
  const how = left?.actor
    ? `${left.actor} ${left.event} ${left.reason ? `"${left.reason}"` : 'it'}`
    : 'it moved on'
  const where = journey.queue === undefined ? 'it is in no queue now' : `it is in "${journey.queue}" now`
  return new ConflictError(`Token "${id}" is not in queue "${queue}": ${how}, and ${where}.`, {
    queue,
    id,
    cause,
  })
}

const leaving: ReadonlySet<HistoryEvent> = new Set(leavingEvents)
