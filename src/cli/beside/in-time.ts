import { setTimeout as sleep } from 'node:timers/promises'
import { onAbort } from '../../run/on-abort.ts'

/** Resolves with whether `work` has ended within `ms` milliseconds. Rejects with what it rejects with by then. */
export async function inTime(work: Promise<unknown>, ms: number): Promise<boolean> {
  const over = new AbortController()
  const late = sleep(ms, false, { signal: over.signal }).catch(() => false)
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    over.abort()
  }
}

/** Resolves as `work` does, or with `otherwise` as soon as `signal` aborts. */
export function unlessOver<T>(work: Promise<T>, otherwise: T, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const ignore = onAbort(signal, () => resolve(otherwise))
    work.finally(ignore).then(resolve, reject)
  })
}
