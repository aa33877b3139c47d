import type { Accompany, Bury, Fence, Pop, Postpone } from '../change.ts'
import { leaseLost } from '../refusals.ts'
import type { Departures } from './departures.ts'
import { boxFor } from './mail.ts'
import { markFault } from './mark.ts'
import { replyDead, tellDead } from './reply.ts'
import { empty, restingFor } from './rest.ts'
import { buried, holds, postponed, type Stay } from './stay.ts'
import { endLease, outcomeOfPop } from './tolls.ts'
import { isKeptAtEnd } from './values.ts'
import type { Known, RuledQueue, World } from './world.ts'

/** Takes a leased message out of its queue. */
export function pop<Queue extends RuledQueue>(
  world: World<Queue>,
  departures: Departures<Queue>,
  change: Pop,
): void {
  const { id, hop, event, reason } = change
  const queue = world.queue(change.queue)
  if (queue.gated) payBack(world, queue, change)
  // Before it leaves: then its value is in its row.
  if (isKeptAtEnd(queue, event)) world.past.keepPopped(queue, change)
  const token = world.pop(queue, change)
  const line = world.line({ token, id, hop }, queue, event, change)
  const isByHand = event === 'decided'
  const fault = event === 'failed' ? change.error : undefined
  const { workflow, holding } = queue
  departures.add({ token, id, workflow, event, reason, isByHand, line, fault, from: queue, holding })
}

// Before it is popped: that is gathered without a look at the message.
function payBack<Queue extends RuledQueue>(world: World<Queue>, queue: Queue, change: Pop): void {
  const known = world.known(queue.workflow, change.id)
  if (known?.queue === queue && holds(known.hop, known.stay, change))
    endLease(world, known.stay, outcomeOfPop(change))
}

/** Gives a lease back, for now or for later, or until letters come. */
export function postpone<Queue extends RuledQueue>(world: World<Queue>, change: Postpone): void {
  const { charge, error, suspect, wait } = change
  let isReady = false
  const [known, queue] = answer(world, change, (stay, { token, id, hop }, queue) => {
    if (wait) tellDead(world, { id, hop, queue }, wait)
    const rest = restingFor(change, wait ? boxFor(world, { token, hop }, wait) : empty, world.now)
    if (rest.due !== undefined) world.expectDue(rest.due)
    isReady = rest.due === undefined && rest.wait === undefined
    return postponed(stay, { rest, charge, suspect, error })
  })
  endLease(world, known.stay, charge ? 'failed' : 'quiet')
  if (isReady) world.notify(queue)
  markFault(world, known, queue, error)
  world.line(known, queue, charge ? 'postponed' : wait ? 'waiting' : 'released', change)
}

/** Makes a leased message dead. */
export function bury<Queue extends RuledQueue>(world: World<Queue>, change: Bury): void {
  const [known, queue] = answer(world, change, (stay) => buried(stay, change))
  markFault(world, known, queue, change.error)
  endLease(world, known.stay, 'failed')
  world.line(known, queue, 'buried', change)
  replyDead(world, known, change.error)
}

/** Remembers that the worker works on others beside a leased message. */
export function accompany<Queue extends RuledQueue>(world: World<Queue>, change: Accompany): void {
  answer(world, change, (stay) => ({ ...stay, alone: false }))
}

/** Saves what `next` makes of the message whose lease `fence` proves. Throws a `LeaseLostError`. */
export function answer<Queue extends RuledQueue>(
  world: World<Queue>,
  fence: Fence,
  next: (stay: Stay, known: Known<Queue>, queue: Queue) => Stay,
): readonly [Known<Queue>, Queue] {
  const queue = world.queue(fence.queue)
  const known = world.known(queue.workflow, fence.id)
  if (!known || known.queue !== queue || !holds(known.hop, known.stay, fence)) throw leaseLost(fence)
  world.save(known.token, next(known.stay, known, queue))
  return [known, queue]
}
