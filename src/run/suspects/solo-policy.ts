/** Milliseconds that a suspect waits in a busy process before anything is closed for it. */
const patienceMs = 1000
const firstWindowMs = 100
const longestWindowMs = 800
/** For how long the others have the process after a window that was too short, in lengths of that window. */
const restAfterWindow = 30
/** For how long they have it after a turn, in lengths of what the turn has cost them. */
const restAfterTurn = 9
const longestRestMs = 300_000
/** A process in which nothing has run for so long is idle: nothing is taken from the others. */
const quietMs = 50

/** What is to be known to decide what comes next. Times are elapsed milliseconds. */
export interface Situation {
  readonly now: number
  /** Since when no work has run or been requested; undefined while some runs or is requested. */
  readonly quietSince: number | undefined
  /** Since when the first in the line has waited for its turn. */
  readonly askedAt: number
  /** From when on one of the line may run beside the others. */
  readonly besideAt: number
  /** Until when the others have the process to themselves. */
  readonly restUntil: number
  /** Until when nothing new begins, if that is so now. */
  readonly closedUntil: number | undefined
  /** Whether a suspect has its turn, after its time alone. */
  readonly isTaken: boolean
}

/** What comes next: nothing before a time; or that intake closes or opens again; or a turn, alone or beside the others. */
export type Step = { readonly do: 'wait'; readonly until: number } | { readonly do: Act }
type Act = 'close' | 'reopen' | 'alone' | 'beside'

/** Decides it. */
export function nextStep(situation: Situation): Step {
  const { now, quietSince, askedAt, besideAt, restUntil, closedUntil, isTaken } = situation
  if (now >= besideAt) return { do: 'beside' }
  if (isTaken) return { do: 'wait', until: besideAt }
  if (closedUntil !== undefined) {
    if (quietSince !== undefined) return { do: 'alone' }
    return now >= closedUntil ? { do: 'reopen' } : { do: 'wait', until: Math.min(closedUntil, besideAt) }
  }
  if (quietSince !== undefined) {
    const aloneAt = Math.min(restUntil, quietSince + quietMs)
    return now >= aloneAt ? { do: 'alone' } : { do: 'wait', until: Math.min(aloneAt, besideAt) }
  }
  const closeAt = Math.max(askedAt + patienceMs, restUntil)
  return now >= closeAt ? { do: 'close' } : { do: 'wait', until: Math.min(closeAt, besideAt) }
}

/** How long the window after `failures` that were too short is, in milliseconds. */
export function windowMs(failures: number): number {
  return Math.min(longestWindowMs, firstWindowMs * 2 ** failures)
}

/** How many failures lead to the longest window; more of them only lead to longer rests. */
export const mostUsefulFailures = Math.log2(longestWindowMs / firstWindowMs)

/** How long the others have the process after window number `failures` was too short, in milliseconds. */
export function restAfterWindowMs(failures: number): number {
  const more = 2 ** Math.max(0, failures - mostUsefulFailures)
  return Math.min(longestRestMs, restAfterWindow * windowMs(failures) * more)
}

/** How long they have it after a turn that has kept them from it for `costMs`, in milliseconds. */
export function restAfterTurnMs(costMs: number): number {
  return restAfterTurn * costMs
}
