import type { Clock } from '../queue/clock.ts'
import type { Attempt } from './attempt.ts'

/** Ends attempts that take too long, with one timer for all of them. */
export interface Deadlines {
  /** Tells that an attempt has begun. */
  readonly watch: () => void
  readonly stop: () => void
}

/**
 * Calls `late` for each attempt that is still in `running` when `timeoutMs` have passed since it started. All have
 * the same time and are there in the order of their starts, so the first is the first to be late.
 */
export function makeDeadlines({
  clock,
  timeoutMs,
  running,
  late,
}: {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly running: ReadonlySet<Attempt<any, any>>
  readonly late: (attempt: Attempt<any, any>) => void
}): Deadlines {
  let cancel: (() => void) | undefined

  return {
    watch: () => {
      cancel ??= clock.after(timeoutMs, check)
    },
    stop: () => cancel?.(),
  }

  function check(): void {
    const now = clock.elapsed()
    for (const attempt of running) {
      const leftMs = attempt.startedAt + timeoutMs - now
      if (leftMs > 0) {
        cancel = clock.after(leftMs, check)
        return
      }
      late(attempt)
    }
    cancel = undefined
  }
}
