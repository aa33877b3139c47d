import { onAbort } from './on-abort.ts'

/** Resolves as `promise` does; or with nothing when `signal`, if there is one, aborts before that. */
export function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const callOff = onAbort(signal, () => resolve(undefined))
    promise.then(resolve, reject).finally(callOff)
  })
}
