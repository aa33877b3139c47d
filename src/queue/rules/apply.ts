import type { Change } from '../change.ts'
import { checkChanges } from '../check-change.ts'
import { accompany, bury, pop, postpone, progress } from './answer.ts'
import { Departures } from './departures.ts'
import { push } from './push.ts'
import { revive, take } from './take.ts'
import type { RuledQueue, World } from './world.ts'

/** Applies the changes of one commit, in order. Throws what the first that is refused asks for. */
export function apply<Queue extends RuledQueue>(world: World<Queue>, changes: readonly Change[]): void {
  checkChanges(changes)
  const departures = new Departures<Queue>()
  for (const change of changes) applyOne(world, departures, change)
  for (const { token, outcome } of departures.ended()) world.end(token, outcome)
}

function applyOne<Queue extends RuledQueue>(
  world: World<Queue>,
  departures: Departures<Queue>,
  change: Change,
): void {
  switch (change.kind) {
    case 'push':
      return push(world, departures, change)
    case 'pop':
      return pop(world, departures, change)
    case 'take':
      return take(world, departures, change)
    case 'postpone':
      return postpone(world, change)
    case 'bury':
      return bury(world, change)
    case 'progress':
      return progress(world, change)
    case 'accompany':
      return accompany(world, change)
    case 'revive':
      return revive(world, change)
  }
}
