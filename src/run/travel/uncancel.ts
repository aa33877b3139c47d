import { ConflictError } from '../../queue/errors.ts'
import { checkByHand } from './check-by-hand.ts'
import { commitTravel } from './commit-travel.ts'
import { findStay, findToken, lastHopOf } from './find-stay.ts'
import { asItWas } from './rerun.ts'
import type { TravelPlace } from './stage-place.ts'
import type { ByHand, Travelled } from './travel.ts'

/** Brings back a token that was cancelled or discarded; see `Travel`. */
export async function uncancel(place: TravelPlace, id: string, options: ByHand): Promise<Travelled> {
  checkByHand('Uncancelling', id, options)
  const journey = await findToken(place, id)
  const { outcome, queue } = journey
  if (outcome !== 'cancelled' && outcome !== 'discarded') {
    const found = queue === undefined ? 'has finished' : `is in queue "${queue}"`
    throw new ConflictError(`Token "${id}" was not cancelled: it ${found}.`, { id })
  }
  const stay = await findStay(place, id, lastHopOf(journey))
  const to = await asItWas(place, id, stay)
  return commitTravel(place, { ...options, event: 'undone', journey, to }, stay)
}
