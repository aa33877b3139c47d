import { lastHopOf } from './find-stay.ts'
import { type Sending, send } from './send.ts'
import type { TravelPlace } from './stage-place.ts'
import type { ByHand, Travelled } from './travel.ts'

/** Sends a token on as planned, unless that is only tried out, and says where it is then. */
export async function commitTravel(
  { backend, deploy }: Pick<TravelPlace, 'backend' | 'deploy'>,
  sending: Omit<Sending, 'deploy'> & ByHand,
  { queue, hop }: Travelled['from'],
): Promise<Travelled> {
  const { journey, to, dryRun = false } = sending
  if (!dryRun) await backend.commit(send({ ...sending, deploy }))
  return {
    id: journey.id,
    queue: to.queue,
    hop: lastHopOf(journey) + 1,
    value: to.value,
    from: { queue, hop },
  }
}
