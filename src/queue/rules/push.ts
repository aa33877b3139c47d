import type { Push } from '../change.ts'
import { textOf } from '../check-value.ts'
import { hasNoTaker, hasNotLeft, isKnown } from '../refusals.ts'
import { tagOf, takerOf } from '../succession.ts'
import type { Departure, Departures } from './departures.ts'
import { beginMarks } from './mark.ts'
import { dueAfter } from './stay.ts'
import type { Arrival, RuledQueue, World } from './world.ts'

/**
 * Puts a message into a queue: of a token from outside, or of one that has left a queue in the same commit. Returns whether
 * it was passed over: the id is known, or the token was allowed to stay where it is.
 */
export function push<Queue extends RuledQueue>(
  world: World<Queue>,
  departures: Departures<Queue>,
  change: Push,
): boolean {
  if (change.enter === undefined && isPassedOver(world, departures, change)) return true
  const queue = takerOfPush(world, change)
  if (change.enter === undefined) return goOn(world, departures, { queue, change })
  return enter(world, departures, { queue, change })
}

// Before its queue is looked for a taker: that need not have one.
function isPassedOver<Queue extends RuledQueue>(
  world: World<Queue>,
  departures: Departures<Queue>,
  { queue, token: { id } }: Push,
): boolean {
  return departures.hasSkips && departures.hasSkipped(world.queue(queue).workflow, id)
}

interface Coming<Queue> {
  readonly queue: Queue
  readonly change: Push
}

// Where a declaration has split, merged or left out the queue meanwhile, the push goes where the declaration would have
// moved it.
function takerOfPush<Queue extends RuledQueue>(
  world: World<Queue>,
  { queue: name, value, token }: Push,
): Queue {
  const queue = world.queue(name)
  const heirs = world.succession.heirs(queue)
  if (!heirs) return queue
  const tag = tagOf(value)
  const taker = takerOf(queue, tag, world.succession)
  if (taker) return taker
  const { workflow } = queue
  throw hasNoTaker({ queue: name, id: token.id }, { workflow, tag, isSplit: heirs.length > 0 })
}

// A token that has not left a queue in this commit is still in one: it must not be in a second.
function goOn<Queue extends RuledQueue>(
  world: World<Queue>,
  departures: Departures<Queue>,
  { queue, change }: Coming<Queue>,
): boolean {
  const { token, marks } = change
  const departure = departures.take(queue.workflow, token.id)
  if (departure) {
    departure.line.goesTo(queue, token.deploy)
    world.arrive(departure.token, queue, arrivalOf(world, { queue, change, hop: token.hop }))
    if (marks || departure.fault) begin(world, departure, { queue, change, hop: token.hop })
    return false
  }
  throw hasNotLeft({ queue: change.queue, id: token.id })
}

function enter<Queue extends RuledQueue>(
  world: World<Queue>,
  departures: Departures<Queue>,
  { queue, change }: Coming<Queue>,
): boolean {
  const { workflow } = queue
  const { actor, reason } = change
  const { id, deploy } = change.token
  const known = world.known(workflow, id)
  const why = { actor, reason, deploy }
  if (!known) {
    const token = world.enter(queue, id, arrivalOf(world, { queue, change, hop: 1 }))
    world.line({ token, id, hop: 1 }, queue, 'entered', why)
    if (change.marks) begin(world, { token }, { queue, change, hop: 1 })
    return false
  }
  if (change.enter === 'ignore') return true
  const hasFinished = known.finishedAt !== undefined
  if (change.enter === 'refuse') throw isKnown({ queue: change.queue, id }, { workflow, hasFinished })
  const { token } = known
  const hop = known.hop + 1
  const to = arrivalOf(world, { queue, change, hop })
  if (known.queue) world.line(known, known.queue, 'replaced', { actor, reason })
  departures.take(workflow, id)
  world.enterAgain(token, queue, to)
  world.line({ token, id, hop }, queue, 'entered', why)
  if (change.marks) begin(world, { token }, { queue, change, hop })
  return false
}

// Asked for only where there are marks, so that a hop without any costs nothing.
function begin<Queue extends RuledQueue>(
  world: World<Queue>,
  { token, fault, from }: Pick<Departure<Queue>, 'token' | 'fault' | 'from'>,
  { queue, change, hop }: Coming<Queue> & { readonly hop: number },
): void {
  beginMarks(world, { token, id: change.token.id, hop }, { queue, marks: change.marks, fault, from })
}

function arrivalOf<Queue extends RuledQueue>(
  { now }: World<Queue>,
  { queue, change, hop }: Coming<Queue> & { readonly hop: number },
): Arrival {
  const { delayMs = 0, token } = change
  const { id, frames, priority, parent, deploy } = token
  return {
    // Not spread: at every hop that costs more than all the rest of this function.
    hop,
    parent,
    priority,
    deploy,
    value: textOf(change.value, { queue: change.queue, id }),
    frames: frames.length === 0 ? undefined : JSON.stringify(frames),
    due: dueAfter(delayMs, now),
    finishedAt: queue.role === 'output' ? now : undefined,
  }
}
