import type { Arrival } from '../../../queue/rules/world.ts'
import type { Status } from '../../../queue/status.ts'
import type { Waiting } from '../../../queue/wait.ts'

/** How a message rests as it comes. */
export function restOf({ due, more }: Arrival): Status {
  if (more?.dead) return 'dead'
  if (more?.wait) return 'waiting'
  return due === undefined ? 'ready' : 'delayed'
}

/** How many letters are missing at least until a wait is over. */
export function missingOf(wait: Waiting): number {
  return Math.min(...wait.for.map(({ missing }) => missing))
}
