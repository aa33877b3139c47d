import { cameBack, hasNotLeft, isKnown, noSuchToken, parentMovedOn } from '../refusals.ts'
import { arrivalOf, beginMarked, type Coming, tellDeath } from './arrival.ts'
import type { Departures } from './departures.ts'
import { isIn } from './mail.ts'
import { leaveWith, replyGone } from './reply.ts'
import { endHolds, endLease } from './tolls.ts'
import { keepArrival, keepTaken } from './values.ts'
import type { Known, RuledQueue, World } from './world.ts'

/** Lets a token enter from outside, once more, or again. Returns whether it was passed over, since its id is known. */
export function enter<Queue extends RuledQueue>(
  world: World<Queue>,
  departures: Departures<Queue>,
  { queue, change }: Coming<Queue>,
): boolean {
  const { workflow } = queue
  const { actor, reason } = change
  const { id, deploy, parent } = change.token
  const { parentHop } = change
  if (parentHop !== undefined && !isIn(world.box.find(workflow, parent!), parentHop))
    throw parentMovedOn({ queue: change.queue, id }, { parent: parent!, hop: parentHop })
  const known = world.known(workflow, id)
  const why = { actor, reason, deploy }
  if (change.event !== undefined) return comeBack(world, departures, { queue, change, known })
  if (!known) {
    const to = arrivalOf(world, { queue, change, hop: 1 })
    const token = world.enter(queue, id, to)
    keepArrival(world, queue, token, to)
    world.line({ token, id, hop: 1 }, queue, 'entered', why)
    settleIn(world, token, { queue, change, hop: 1 })
    return false
  }
  if (change.enter === 'ignore') return true
  const hasFinished = known.finishedAt !== undefined
  if (change.enter === 'refuse') throw isKnown({ queue: change.queue, id }, { workflow, hasFinished })
  const { token } = known
  const hop = known.hop + 1
  const to = arrivalOf(world, { queue, change, hop })
  if (known.queue) {
    endLease(world, known.stay, 'quiet')
    keepTaken(world, known.queue, known, 'replaced')
    world.line(known, known.queue, 'replaced', { actor, reason })
  }
  if (queue.holding) endHolds(world, token)
  departures.take(workflow, id)
  replyGone(world, { token, id, event: 'replaced', reason })
  world.box.clear(token)
  world.enterAgain(token, queue, to)
  keepArrival(world, queue, token, to)
  world.line({ token, id, hop }, queue, 'entered', why)
  settleIn(world, token, { queue, change, hop })
  return false
}

// It goes on where it is told, in a new stay, as if it had never left.
function comeBack<Queue extends RuledQueue>(
  world: World<Queue>,
  departures: Departures<Queue>,
  { queue, change, known }: Coming<Queue> & { readonly known: Known<Queue> | undefined },
): boolean {
  const { event, actor, reason, lastHop } = change
  const { id, deploy } = change.token
  const { workflow } = queue
  if (!known) throw noSuchToken({ workflow, id })
  if (known.queue) throw hasNotLeft({ queue: change.queue, id })
  if (lastHop !== undefined && lastHop !== known.hop) throw cameBack({ queue: change.queue, id, lastHop })
  const { token } = known
  const hop = known.hop + 1
  const to = arrivalOf(world, { queue, change, hop })
  departures.take(workflow, id)
  // The letters of its former travel are gone, as they are for one that enters anew.
  world.box.clear(token)
  world.arrive(token, queue, to)
  keepArrival(world, queue, token, to)
  world.line({ token, id, hop }, queue, event!, { actor, reason, deploy })
  settleIn(world, token, { queue, change, hop })
  return false
}

// What becomes of a token that has entered, as soon as it has.
function settleIn<Queue extends RuledQueue>(
  world: World<Queue>,
  token: number,
  coming: Coming<Queue> & { readonly hop: number },
): void {
  const { queue, change } = coming
  if (queue.role === 'reply') {
    world.vacate(token)
    return leaveWith(world, token, change)
  }
  if (change.marks || change.text) beginMarked(world, { token }, coming)
  tellDeath(world, token, coming)
}
