import type { Accompany, Bury, Fence, Pop, Postpone, Progress } from '../change.ts'
import { leaseLost } from '../refusals.ts'
import type { Departures } from './departures.ts'
import { markFault } from './mark.ts'
import { buried, dueAfter, holds, postponed, type Stay } from './stay.ts'
import type { Known, RuledQueue, World } from './world.ts'

/** Takes a leased message out of its queue. */
export function pop<Queue extends RuledQueue>(
  world: World<Queue>,
  departures: Departures<Queue>,
  change: Pop,
): void {
  const { id, hop, event } = change
  const queue = world.queue(change.queue)
  const token = world.pop(queue, change)
  const line = world.line({ token, id, hop }, queue, event, change)
  const fault = event === 'failed' ? change.error : undefined
  departures.add({ token, id, workflow: queue.workflow, event, line, fault, from: queue })
}

/** Gives a lease back, for now or for later. */
export function postpone<Queue extends RuledQueue>(world: World<Queue>, change: Postpone): void {
  const { charge, delayMs, error, suspect } = change
  const due = dueAfter(delayMs, world.now)
  const [known, queue] = answer(world, change, (stay) => postponed(stay, { due, charge, suspect, error }))
  if (due === undefined) world.notify(queue)
  else world.expectDue(due)
  markFault(world, known, queue, error)
  world.line(known, queue, charge ? 'postponed' : 'released', change)
}

/** Makes a leased message dead. */
export function bury<Queue extends RuledQueue>(world: World<Queue>, change: Bury): void {
  const [known, queue] = answer(world, change, (stay) => buried(stay, change))
  markFault(world, known, queue, change.error)
  world.line(known, queue, 'buried', change)
}

/** Remembers how far the work on a leased message is. */
export function progress<Queue extends RuledQueue>(world: World<Queue>, change: Progress): void {
  const { fraction, note } = change
  answer(world, change, (stay) => ({ ...stay, progress: { fraction, note } }))
}

/** Remembers that the worker works on others beside a leased message. */
export function accompany<Queue extends RuledQueue>(world: World<Queue>, change: Accompany): void {
  answer(world, change, (stay) => ({ ...stay, alone: false }))
}

// Saves what `next` makes of the message whose lease `fence` proves.
function answer<Queue extends RuledQueue>(
  world: World<Queue>,
  fence: Fence,
  next: (stay: Stay) => Stay,
): readonly [Known<Queue>, Queue] {
  const queue = world.queue(fence.queue)
  const known = world.known(queue.workflow, fence.id)
  if (!known || known.queue !== queue || !holds(known.hop, known.stay, fence)) throw leaseLost(fence)
  world.save(known.token, next(known.stay))
  return [known, queue]
}
