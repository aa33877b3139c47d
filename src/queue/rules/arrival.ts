import type { Push } from '../change.ts'
import { textOf } from '../check-value.ts'
import type { Departure } from './departures.ts'
import { boxFor } from './mail.ts'
import { beginMarks, markFault } from './mark.ts'
import { type Count, empty, restingFor } from './rest.ts'
import { dueAfter } from './stay.ts'
import type { Arrival, RuledQueue, World } from './world.ts'

/** A push, and the queue that takes it. */
export interface Coming<Queue> {
  readonly queue: Queue
  readonly change: Push
}

/** The stay that begins with it. */
interface Beginning<Queue> extends Coming<Queue> {
  readonly hop: number
}

/** What a token is as it comes; `known` is its number if letters may be in its box already. */
export function arrivalOf<Queue extends RuledQueue>(
  world: World<Queue>,
  { queue, change, hop }: Beginning<Queue>,
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
    key: change.key,
    asks: change.tolls,
  }
}

// Only letters that hop with the token are in the box of a stay that begins; the box of one that enters is empty.
function boxOf<Queue extends RuledQueue>(
  world: World<Queue>,
  { wait, token: { hop } }: Push,
  known: number | undefined,
): (name: string) => Count {
  if (known === undefined || !wait) return empty
  return boxFor(world, { token: known, hop }, wait)
}

/** Gives a stay that begins its marks and its text. Asked for only where there are some, so that a hop without any costs nothing. */
export function beginMarked<Queue extends RuledQueue>(
  world: World<Queue>,
  { token, fault, from }: Pick<Departure<Queue>, 'token' | 'fault' | 'from'>,
  { queue, change, hop }: Beginning<Queue>,
): void {
  beginMarks(
    world,
    { token, id: change.token.id, hop },
    { queue, marks: change.marks, text: change.text, fault, from },
  )
}

/** Says of a token that is dead as it comes that it is. */
export function tellDeath<Queue extends RuledQueue>(
  world: World<Queue>,
  token: number,
  { queue, change, hop }: Beginning<Queue>,
): void {
  const { actor, dead: error } = change
  if (!error) return
  const { id, deploy } = change.token
  markFault(world, { token, id, hop }, queue, error)
  world.line({ token, id, hop }, queue, 'buried', { actor, error, deploy })
}
