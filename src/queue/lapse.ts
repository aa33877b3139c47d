import type { Fault } from './change.ts'
import type { Status } from './rows.ts'

// What an expired lease says about the work. The process that leases next finds it.

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
 * The status of a message as readers see it: one whose lease has ended (`until`, elapsed time), or that is due (wall
 * time), is ready, though its row says so only after the next lease call.
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
  if ((status === 'delayed' || status === 'waiting') && typeof due === 'number' && due <= now) return 'ready'
  return status
}
