import type { Push } from '../change.ts'
import { textOf } from '../check-value.ts'
import { cameBack, hasNoTaker, hasNotLeft, isKnown, noSuchToken, parentMovedOn } from '../refusals.ts'
import { tagOf, takerOf } from '../succession.ts'
import type { Departure, Departures } from './departures.ts'
import { isIn } from './mail.ts'
import { beginMarks, markFault } from './mark.ts'
import { replyGone, replyWith } from './reply.ts'
import { type Count, empty, restingFor } from './rest.ts'
import { dueAfter } from './stay.ts'
import { keepArrival, keepTaken } from './values.ts'
import type { Arrival, Known, RuledQueue, World } from './world.ts'

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
    if (queue.role === 'reply') reply(world, departure.token, { queue, change })
    else {
      const to = arrivalOf(world, { queue, change, hop: token.hop }, departure.token)
      world.arrive(departure.token, queue, to)
      if (departure.isByHand) keepArrival(world, queue, departure.token, to)
      if (marks || departure.fault) begin(world, departure, { queue, change, hop: token.hop })
    }
    tellDeath(world, departure.token, { queue, change, hop: token.hop })
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
    keepTaken(world, known.queue, known, 'replaced')
    world.line(known, known.queue, 'replaced', { actor, reason })
  }
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

// A token that ends here leaves with what it is pushed with, and its parent gets that.
function reply<Queue extends RuledQueue>(
  world: World<Queue>,
  token: number,
  { queue, change }: Coming<Queue>,
): void {
  const { id: from } = change.token
  const { dead: failure } = change
  const value = failure ? undefined : textOf(change.value, { queue: queue.name, id: from })
  replyWith(world, token, { value, failure, from })
  world.end(token, 'done')
}

function leaveAtOnce<Queue extends RuledQueue>(
  world: World<Queue>,
  token: number,
  coming: Coming<Queue>,
): void {
  world.vacate(token)
  reply(world, token, coming)
}

// Asked for only where there are marks, so that a hop without any costs nothing.
function begin<Queue extends RuledQueue>(
  world: World<Queue>,
  { token, fault, from }: Pick<Departure<Queue>, 'token' | 'fault' | 'from'>,
  { queue, change, hop }: Coming<Queue> & { readonly hop: number },
): void {
  beginMarks(world, { token, id: change.token.id, hop }, { queue, marks: change.marks, fault, from })
}

// What becomes of a token that has entered, as soon as it has.
function settleIn<Queue extends RuledQueue>(
  world: World<Queue>,
  token: number,
  coming: Coming<Queue> & { readonly hop: number },
): void {
  if (coming.queue.role === 'reply') return leaveAtOnce(world, token, coming)
  if (coming.change.marks) begin(world, { token }, coming)
  tellDeath(world, token, coming)
}

function tellDeath<Queue extends RuledQueue>(
  world: World<Queue>,
  token: number,
  { queue, change, hop }: Coming<Queue> & { readonly hop: number },
): void {
  if (!change.dead || queue.role === 'reply') return
  const { actor, dead: error } = change
  const { id, deploy } = change.token
  markFault(world, { token, id, hop }, queue, error)
  world.line({ token, id, hop }, queue, 'buried', { actor, error, deploy })
}

function arrivalOf<Queue extends RuledQueue>(
  world: World<Queue>,
  { queue, change, hop }: Coming<Queue> & { readonly hop: number },
  known?: number,
): Arrival {
  const { delayMs = 0, token, traceparent, wait, dead, reply } = change
  const { now } = world
  const rest = wait && restingFor(change, boxOf(world, change, known), now)
  const { id, frames, priority, parent, deploy } = token
  return {
    // Not spread: at every hop that costs more than all the rest of this function.
    hop,
    parent,
    traceparent,
    priority,
    deploy,
    value: textOf(change.value, { queue: change.queue, id }),
    frames: frames.length === 0 ? undefined : JSON.stringify(frames),
    due: rest ? rest.due : dueAfter(delayMs, now),
    finishedAt: queue.role === 'output' ? now : undefined,
    more: rest || dead || reply ? { wait: rest?.wait, dead, reply } : undefined,
  }
}

// Only letters that hop with the token are in the box of a stay that begins; the box of one that enters is empty.
function boxOf<Queue extends RuledQueue>(
  world: World<Queue>,
  { wait, token: { hop } }: Push,
  known: number | undefined,
): (name: string) => Count {
  if (known === undefined || !wait) return empty
  return world.box.count(
    { token: known, hop },
    wait.for.map(({ name }) => name),
  )
}
