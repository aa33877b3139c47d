import type { Receipt } from '../backend.ts'
import type { Change } from '../change.ts'
import { checkChanges } from '../check-change.ts'
import { endsAs } from '../ends-as.ts'
import { accompany, bury, pop, postpone } from './answer.ts'
import { Departures } from './departures.ts'
import { say } from './line.ts'
import { mail } from './mail.ts'
import { mark } from './mark.ts'
import { push } from './push.ts'
import { drop, keepReceipt, put, receiptOf } from './put.ts'
import { remember } from './remember.ts'
import { replyGone } from './reply.ts'
import { revive, take } from './take.ts'
import { endHolds } from './tolls.ts'
import { turnGate } from './turn-gate.ts'
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
  for (let i = 0; i < changes.length; i++)
    if (aside(changes[i]!) ?? applyOne(world, departures, changes[i]!)) skipped.push(i)
  for (const departure of departures.ended()) {
    replyGone(world, departure)
    world.end(departure.token, endsAs(departure.event))
    if (departure.holding) endHolds(world, departure.token)
  }
  const receipt = skipped.length === 0 ? done : { repeated: false, skipped }
  keepReceipt(world, changes, receipt)
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
    case 'remember':
      remember(world, change)
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
    case 'mail':
      mail(world, change)
      break
    case 'gate':
      turnGate(world, change)
      break
    case 'line':
      say(world, change)
      break
  }
  return false
}
