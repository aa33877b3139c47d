import type { Fault } from './change.ts'

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
