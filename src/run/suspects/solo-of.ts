import type { Clock } from '../../queue/clock.ts'
import { makeSolo } from './make-solo.ts'
import type { Solo } from './solo.ts'

const solos = new WeakMap<Clock, Solo>()

/** The one of this process, for all that goes by `clock`: only a test has several clocks. */
export function soloOf(clock: Clock): Solo {
  const known = solos.get(clock)
  if (known) return known
  const made = makeSolo(clock)
  solos.set(clock, made)
  return made
}
