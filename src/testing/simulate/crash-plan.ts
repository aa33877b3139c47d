import { type Random, randomFor } from '../backend-model/random.ts'
import type { Request } from './gate.ts'

/** Whether a process dies before what it asks for is done, or after, before it is told. */
export type Side = 'before' | 'after'

/** One crash: at the step of that number. */
export type Crash = { readonly before: number } | { readonly after: number }

/** Decides, step by step, whether the process dies whose turn it is. */
export type CrashPlan = (step: number, kind: Request['kind']) => Side | undefined

/** The one crash that is asked for, or none. */
export function planCrash(crash: Crash | undefined): CrashPlan {
  return (step) => {
    if (!crash) return undefined
    if ('before' in crash) return crash.before === step ? 'before' : undefined
    return crash.after === step ? 'after' : undefined
  }
}

/** `times` crashes, at commits and leases that `seed` chooses, as long as there are any. */
export function planCrashes(seed: number, times: number): CrashPlan {
  const random: Random = randomFor(seed, 'crashes')
  let left = times
  return (_, kind) => {
    if (left === 0 || kind === 'extend' || random.below(4) > 0) return undefined
    left--
    return random.pick(['before', 'after'])
  }
}
