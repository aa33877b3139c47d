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

/** The state of a message as it is stored. */
interface Stored {
  readonly status: Status
  readonly until?: number | null | undefined
  readonly due?: number | null | undefined
}

/**
 * The status of a message as readers see it: one whose lease has ended (`until`, elapsed time), or that is due (wall
 * time), is ready, though its row says so only after the next lease call.
 */
export function statusAt(stored: Stored, { now, elapsed }: Moment): Status {
  const { status, until } = stored
  if (status === 'leased' && typeof until === 'number' && until <= elapsed) return 'ready'
  return isDue(stored, now) ? 'ready' : status
}

/** Whether the time is over that a message rests for at most. */
export function isDue({ status, due }: Pick<Stored, 'status' | 'due'>, now: number): boolean {
  return (status === 'delayed' || status === 'waiting') && typeof due === 'number' && due <= now
}
