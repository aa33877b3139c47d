import { lastHopOf } from './find-stay.ts'
import { type Sending, send } from './send.ts'
import { attributesIn, type TravelPlace } from './stage-place.ts'
import type { ByHand, Travelled } from './travel.ts'

/** Sends a token on as planned, unless that is only tried out, and says where it is then. */
export async function commitTravel(
  place: Pick<TravelPlace, 'backend' | 'deploy' | 'stages'>,
  sending: Omit<Sending, 'deploy' | 'attributes'> & ByHand,
  { queue, hop }: Travelled['from'],
): Promise<Travelled> {
  const { journey, to, dryRun = false } = sending
  const { backend, deploy } = place
  const attributes = await attributesIn(place, to, journey.id)
  if (!dryRun) await backend.commit(send({ ...sending, deploy, attributes }))
  return {
    id: journey.id,
    queue: to.queue,
    hop: lastHopOf(journey) + 1,
    value: to.value,
    from: { queue, hop },
  }
}
