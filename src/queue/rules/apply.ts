import type { Receipt } from '../backend.ts'
import type { Change } from '../change.ts'
import { checkChanges } from '../check-change.ts'
import { accompany, bury, pop, postpone, progress } from './answer.ts'
import { Departures } from './departures.ts'
import { mark } from './mark.ts'
import { push } from './push.ts'
import { drop, put, receiptOf, remember } from './put.ts'
import { revive, take } from './take.ts'
import type { RuledQueue, World } from './world.ts'

/**
 * Applies the changes of one commit, in order. Throws what the first that is refused asks for. `aside` does those that are
 * about something that only the backend knows, and returns whether one was passed over; undefined for all others.
 */
export function apply<Queue extends RuledQueue>(
  world: World<Queue>,
  changes: readonly Change[],
  aside: (change: Change) => boolean | undefined = () => undefined,
): Receipt {
  checkChanges(changes)
  const before = receiptOf(world, changes)
  if (before) return before
  const departures = new Departures<Queue>()
  const skipped: number[] = []
  for (const [i, change] of changes.entries())
    if (aside(change) ?? applyOne(world, departures, change)) skipped.push(i)
  for (const { token, outcome } of departures.ended()) world.end(token, outcome)
  const receipt = skipped.length === 0 ? done : { repeated: false, skipped }
  remember(world, changes, receipt)
  return receipt
}

const done: Receipt = { repeated: false, skipped: [] }

// Returns whether the change was passed over, as it allows.
function applyOne<Queue extends RuledQueue>(
  world: World<Queue>,
  departures: Departures<Queue>,
  change: Change,
): boolean {
  switch (change.kind) {
    case 'push':
      return push(world, departures, change)
    case 'take':
      return take(world, departures, change)
    case 'revive':
      return revive(world, change)
    case 'mark':
      return mark(world, change)
    case 'pop':
      pop(world, departures, change)
      break
    case 'postpone':
      postpone(world, change)
      break
    case 'bury':
      bury(world, change)
      break
    case 'progress':
      progress(world, change)
      break
    case 'accompany':
      accompany(world, change)
      break
    case 'put':
      put(world, change)
      break
    case 'drop':
      drop(world, change)
      break
  }
  return false
}
