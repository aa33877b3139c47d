const aloneMs = 1000
const longestAloneMs = 8000
const mostLost = 2

/** For how long a suspect works alone whose process was lost so often; in milliseconds. */
export function aloneMsOf(timesLost: number): number {
  return Math.min(longestAloneMs, aloneMs * 2 ** Math.max(0, timesLost - 1))
}

/** Whether it may run beside others: not if it has often ended the process that worked on it. */
export function isHarmless(timesLost: number): boolean {
  return timesLost <= mostLost
}
