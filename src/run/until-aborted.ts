import { onAbort } from './on-abort.ts'
import { unlessSooner } from './unless-sooner.ts'

/** Resolves as `promise` does; or with nothing when `signal`, if there is one, aborts before that. */
export function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  if (!signal) return promise
  return unlessSooner(
    promise,
    (act) => onAbort(signal, act),
    () => undefined,
  )
}
