import type { Clock } from '../../queue/clock.ts'
import { makeSolo } from './make-solo.ts'
import type { Solo } from './solo.ts'

const solos = new WeakMap<Clock, Solo>()

/** The one `Solo` of this process for `clock`: only tests have several clocks. */
export function soloOf(clock: Clock): Solo {
  const known = solos.get(clock)
  if (known) return known
  const made = makeSolo(clock)
  solos.set(clock, made)
  return made
}
