import type { Push } from '../change.ts'
import { hasNoTaker, hasNotLeft } from '../refusals.ts'
import { tagOf, takerOf } from '../succession.ts'
import { arrivalOf, beginMarked, type Coming, tellDeath } from './arrival.ts'
import type { Departures } from './departures.ts'
import { enter } from './enter.ts'
import { leaveWith } from './reply.ts'
import { endHolds } from './tolls.ts'
import { keepArrival } from './values.ts'
import type { RuledQueue, World } from './world.ts'

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
  const { token, marks, text } = change
  const departure = departures.take(queue.workflow, token.id)
  if (!departure) throw hasNotLeft({ queue: change.queue, id: token.id })
  departure.line.goesTo(queue, token.deploy)
  if (queue.holding) free(world, departure.token, { queue, change })
  if (queue.role === 'reply') {
    leaveWith(world, departure.token, change)
    return false
  }
  const coming = { queue, change, hop: token.hop }
  const to = arrivalOf(world, coming, departure.token)
  world.arrive(departure.token, queue, to)
  if (departure.isByHand) keepArrival(world, queue, departure.token, to)
  if (marks || text || departure.fault) beginMarked(world, departure, coming)
  tellDeath(world, departure.token, coming)
  return false
}

// What it holds at gates until it leaves, or until it comes here.
function free<Queue extends RuledQueue>(
  world: World<Queue>,
  token: number,
  { queue, change: { frees } }: Coming<Queue>,
): void {
  if (queue.role === 'output' || queue.role === 'reply') endHolds(world, token)
  else if (frees) endHolds(world, token, frees)
}
