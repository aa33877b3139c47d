import type { Leased } from '../queue/rows.ts'

const aloneMs = 1000
const longestAloneMs = 8000
const mostLost = 2

/** For how long a suspect, just leased, works alone; in milliseconds. */
export function aloneMsOf(row: Leased): number {
  return Math.min(longestAloneMs, aloneMs * 2 ** Math.max(0, timesLost(row) - 2))
}

/** Whether a suspect may run beside others: not if it has often ended the process that worked on it. */
export function isHarmless(row: Leased): boolean {
  return timesLost(row) <= mostLost
}

/** How often a message was leased without having been charged: its worker was lost, or gave it back. */
export function timesLost({ lease, attempts }: Leased): number {
  return lease - attempts
}
