import type { Fault } from './change.ts'
import type { Status } from './rows.ts'

// What a lease that has ended by itself tells about the work: found by whichever process leases next.

/** The work ran to its deadline. */
export function tookTooLong(queue: string): Fault {
  const message = `The work on it in queue "${queue}" took longer than allowed.`
  return { kind: 'timeout', name: 'TimeoutError', message }
}

/** The worker did not renew its lease. */
export function lostItsWorker(queue: string): Fault {
  return {
    kind: 'crash',
    name: 'CrashError',
    message: `Its worker in queue "${queue}" stopped without an answer.`,
  }
}

/** What time it is: by the wall, and elapsed. */
export interface Moment {
  readonly now: number
  readonly elapsed: number
}

/**
 * The status of a message for those who look: one whose lease has ended (`until`, elapsed time), or that is due (wall
 * time), is ready, though no lease has been asked for since, which would make it so.
 */
export function statusAt(
  stored: {
    readonly status: Status
    readonly until?: number | null | undefined
    readonly due?: number | null | undefined
  },
  { now, elapsed }: Moment,
): Status {
  const { status, until, due } = stored
  if (status === 'leased' && typeof until === 'number' && until <= elapsed) return 'ready'
  if (status === 'delayed' && typeof due === 'number' && due <= now) return 'ready'
  return status
}
