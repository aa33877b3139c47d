import type { Clock } from '../../queue/clock.ts'
import { isClosedError, isPipewrightError } from '../../queue/errors.ts'
import { stayAlive } from '../stay-alive.ts'

const againMs = 500

/**
 * Why a commit was not answered with success, or could not be planned: the database cannot do it now, and may have done
 * it; it was closed; the lease does not hold any more; a newer version has left out the queue to which it leads; or the
 * change is refused.
 */
export type Refusal = 'again' | 'closed' | 'lost' | 'outdated' | 'refused'

/** Why `error` was thrown while something was committed, or only planned. */
export function refusalOf(error: unknown, isCommitting: boolean): Refusal {
  if (isClosedError(error)) return 'closed'
  // A backend refuses with our errors. Anything else that it throws is its own bug, not a fault of the work.
  const code = isPipewrightError(error) ? error.code : isCommitting ? 'backend' : undefined
  if (code === 'backend') return 'again'
  if (code === 'lease_lost') return 'lost'
  return code === 'unroutable' && isCommitting ? 'outdated' : 'refused'
}

/** When there is no use in another try. */
export interface Ending {
  /** When it has to end, in elapsed milliseconds. */
  readonly endsAt: () => number
  /** Whether nothing is left to be done. */
  readonly isOver: () => boolean
}

/** Waits until it is time for another try, and keeps the process alive meanwhile. Resolves with false if there is none. */
export async function mayTryAgain(clock: Clock, { endsAt, isOver }: Ending): Promise<boolean> {
  const leftMs = endsAt() - clock.elapsed()
  if (isOver() || leftMs <= 0) return false
  const mayEnd = stayAlive()
  await new Promise<void>((resolve) => clock.after(Math.min(againMs, leftMs), resolve))
  mayEnd()
  return !isOver()
}
