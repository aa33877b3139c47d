import type { Push } from '../../queue/change.ts'
import { checkId } from '../../queue/token-id.ts'
import { checkByHand } from './check-by-hand.ts'
import { findStay, findToken, lastHopOf } from './find-stay.ts'
import { asItWas } from './rerun.ts'
import { attributesIn, type TravelPlace } from './stage-place.ts'
import type { Forking, Travelled } from './travel.ts'

const maxReasonLength = 1000

/** Lets a new token begin from a stay of this one; see `Travel`. */
export async function fork(
  place: TravelPlace,
  id: string,
  newId: string,
  options: Forking,
): Promise<Travelled> {
  checkByHand('Forking', id, options)
  checkId(newId)
  const { by, reason, dryRun = false } = options
  const journey = await findToken(place, id)
  const { queue, hop, ...past } = await findStay(place, id, options.from ?? lastHopOf(journey))
  const to = await asItWas(place, newId, { queue, hop, ...past }, options.set)
  const token = {
    id: newId,
    hop: 1,
    frames: to.frames,
    priority: journey.priority,
    deploy: place.deploy,
  }
  const attributes = await attributesIn(place, to, newId)
  const push: Push = {
    ...{ kind: 'push', queue: to.queue, token, value: to.value, enter: 'refuse', actor: by },
    ...attributes,
    reason: `Fork of "${id}" from its stay ${hop}: ${reason}`.slice(0, maxReasonLength),
  }
  if (!dryRun) await place.backend.commit([push])
  return { id: newId, queue: to.queue, hop: 1, value: to.value, from: { queue, hop } }
}
