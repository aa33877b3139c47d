import { ConflictError } from '../../queue/errors.ts'
import type { Journey } from '../../queue/journey.ts'
import { movedOn } from '../../queue/refusals.ts'
import type { Row } from '../../queue/rows.ts'
import { sayHolder } from '../desk/task.ts'
import { findToken } from './find-stay.ts'
import type { TravelPlace } from './stage-place.ts'

/** A token that is in a queue. */
export interface Present extends Journey {
  readonly queue: string
  readonly row: Row
}

/** Whether a journey is that of a token that is in a queue. */
export function isPresent(journey: Journey): journey is Present {
  return journey.row !== undefined && journey.queue !== undefined
}

/**
 * Token `id` where it is now. Rejects with a `ConflictError` if it has left, is in another stay than `hop`, or, unless `force`, is
 * leased.
 */
export async function findPresent(
  place: TravelPlace,
  id: string,
  { hop, force }: { readonly hop?: number | undefined; readonly force?: boolean | undefined },
): Promise<Present> {
  const journey = await findToken(place, id)
  if (!isPresent(journey))
    throw new ConflictError(
      `Token "${id}" has left workflow "${place.workflow}"; let it begin again from one of its stays (rerun).`,
      { id },
    )
  if (hop !== undefined && hop !== journey.row.hop) throw movedOn({ queue: journey.queue, id, hop })
  if (!force) refuseHeld(journey)
  return journey
}

/** Throws a `ConflictError` if the token is leased. */
export function refuseHeld({ id, queue, row }: Present): void {
  if (row.status !== 'leased') return
  throw new ConflictError(
    `Token "${id}" in queue "${queue}" cannot be changed: ${sayHolder(row)}; wait until it is given back, or force it.`,
    { queue, id },
  )
}
