import type { Revive, Take } from '../change.ts'
import { isHeld, movedOn, notDead, notThere } from '../refusals.ts'
import type { Departures } from './departures.ts'
import { revived } from './stay.ts'
import type { RuledQueue, World } from './world.ts'

/** Takes a message out of its queue without a lease. */
export function take<Queue extends RuledQueue>(
  world: World<Queue>,
  departures: Departures<Queue>,
  change: Take,
): void {
  const { id, event } = change
  const queue = world.queue(change.queue)
  const { workflow } = queue
  const known = world.known(workflow, id)
  const isThere = known?.queue === queue && (change.hop === undefined || change.hop === known.hop)
  if (!isThere) throw known && change.hop !== undefined ? movedOn(change) : notThere(change)
  const { token, stay } = known
  if (change.unheld && stay.held && stay.held.until > world.elapsed) throw isHeld(change)
  world.vacate(token)
  const line = world.line(known, queue, event, change)
  departures.add({ token, id, workflow, event, line })
}

/** Makes a dead message ready again. */
export function revive<Queue extends RuledQueue>(world: World<Queue>, change: Revive): void {
  const queue = world.queue(change.queue)
  const known = world.known(queue.workflow, change.id)
  if (known?.queue !== queue) throw notThere(change)
  if (known.stay.status !== 'dead') throw notDead(change, known.stay.status)
  world.save(known.token, revived(known.stay))
  world.notify(queue)
  world.line(known, queue, 'revived', change)
}
