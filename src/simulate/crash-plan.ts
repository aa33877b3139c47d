import { randomFor } from '../testing/backend-model/random.ts'

/** Whether a process dies before its request is done, or after, before it gets the answer. */
export type Side = 'before' | 'after'

/** One crash: at the step of that number. */
export type Crash = { readonly before: number } | { readonly after: number }

/** Where processes die: at every commit and lease, one a run; so many times in one run; or at one step. */
export type Crashes = 'every' | number | Crash

/** Decides, step by step, whether the process dies whose turn it is; `isPoint` says whether a crash at this step could leave anything behind. */
export type CrashPlan = (step: number, isPoint: boolean) => Side | undefined

/** The one crash that is requested, or none. */
export function planCrash(crash: Crash | undefined): CrashPlan {
  return (step) => {
    if (!crash) return undefined
    if ('before' in crash) return crash.before === step ? 'before' : undefined
    return crash.after === step ? 'after' : undefined
  }
}

/** `times` crashes, as long as there are steps to die at: chosen by `seed` among about `points` points. */
export function planCrashes(
  seed: number,
  { times, points }: { readonly times: number; readonly points: number },
): CrashPlan {
  const random = randomFor(seed, 'crashes')
  const every = Math.max(2, Math.round(points / times))
  let left = times
  return (_, isPoint) => {
    if (left === 0 || !isPoint || random.below(every) > 0) return undefined
    left--
    return random.pick(['before', 'after'])
  }
}

/** `crashes` as source text. */
export function sayCrashes(crashes: Crashes): string {
  if (typeof crashes === 'number') return String(crashes)
  if (crashes === 'every') return "'every'"
  return 'before' in crashes ? `{ before: ${crashes.before} }` : `{ after: ${crashes.after} }`
}
