import type { Take } from '../change.ts'
import type { Departures } from './departures.ts'
import { endLease } from './tolls.ts'
import { keepTaken } from './values.ts'
import type { Known, RuledQueue, World } from './world.ts'

/** Takes a token out of the queue that it is in, without a lease, as `change` says. */
export function takeOut<Queue extends RuledQueue>(
  world: World<Queue>,
  departures: Departures<Queue>,
  { known, change }: { readonly known: Known<Queue>; readonly change: Take },
): void {
  const { token, id } = known
  const { event, reason } = change
  const queue = known.queue!
  const { workflow, holding } = queue
  endLease(world, known.stay, 'quiet')
  keepTaken(world, queue, known, event)
  world.vacate(token)
  const line = world.line(known, queue, event, change)
  departures.add({ token, id, workflow, event, reason, isByHand: !isOwn(event), line, holding })
}

// What a workflow does of itself.
function isOwn(event: Take['event']): boolean {
  return event === 'late' || event === 'resolved'
}
