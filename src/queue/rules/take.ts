import type { Revive, Take } from '../change.ts'
import { isHeld, movedOn, notDead, notThere } from '../refusals.ts'
import type { Status } from '../rows.ts'
import type { Departures } from './departures.ts'
import { takeDescendants } from './descend.ts'
import { revived } from './stay.ts'
import { takeOut } from './take-out.ts'
import type { Known, RuledQueue, World } from './world.ts'

/** Takes a message out of its queue without a lease. Returns whether it was passed over. */
export function take<Queue extends RuledQueue>(
  world: World<Queue>,
  departures: Departures<Queue>,
  change: Take,
): boolean {
  const { id } = change
  const queue = world.queue(change.queue)
  const { workflow } = queue
  const known = world.known(workflow, id)
  if (change.descend && known && hasLeftIt(known, change)) {
    if (takeDescendants(world, departures, { workflow, change }) > 0) return false
  }
  const refusal = refusalOfTake(world, queue, { known, change })
  if (refusal && !change.skip) throw refusal
  if (refusal) {
    departures.skip(workflow, id)
    return true
  }
  takeOut(world, departures, { known: known!, change })
  if (change.descend) takeDescendants(world, departures, { workflow, change })
  return false
}

// An earlier commit has taken it, and has left some of its descendants.
function hasLeftIt<Queue extends RuledQueue>({ queue, hop }: Known<Queue>, change: Take): boolean {
  return queue === undefined && (change.hop === undefined || change.hop === hop)
}

function refusalOfTake<Queue extends RuledQueue>(
  { elapsed }: World<Queue>,
  queue: Queue,
  { known, change }: { readonly known: Known<Queue> | undefined; readonly change: Take },
): Error | undefined {
  const isThere = known?.queue === queue && (change.hop === undefined || change.hop === known.hop)
  if (!isThere) return known && change.hop !== undefined ? movedOn(change) : notThere(change)
  const { held } = known.stay
  return change.unheld && held && held.until > elapsed ? isHeld(change) : undefined
}

/** Makes a message that is dead, delayed or waiting ready. Returns whether it was passed over. */
export function revive<Queue extends RuledQueue>(world: World<Queue>, change: Revive): boolean {
  const queue = world.queue(change.queue)
  const known = world.known(queue.workflow, change.id)
  if (known?.queue !== queue || !revivable.includes(known.stay.status)) {
    if (change.skip) return true
    throw known?.queue === queue ? notDead(change, known.stay.status) : notThere(change)
  }
  world.save(known.token, revived(known.stay))
  if (change.forget) world.box.forget({ token: known.token, hop: known.hop })
  world.notify(queue)
  world.line(known, queue, 'revived', change)
  return false
}

const revivable: readonly Status[] = ['dead', 'delayed', 'waiting']
