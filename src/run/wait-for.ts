import type { Clock } from '../queue/clock.ts'
import { onAbort } from './on-abort.ts'

/** Resolves after `ms` milliseconds, or as soon as `signal` aborts. */
export function waitFor(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const cancel = clock.after(ms, done)
    const ignore = onAbort(signal, done)

    function done(): void {
      cancel()
      ignore()
      resolve()
    }
  })
}
