import type { Clock } from '../queue/clock.ts'
import type { Attempt } from './attempt.ts'

/** Ends attempts that take too long, with one timer for all of them. */
export interface Deadlines {
  /** Tells that an attempt has begun. */
  readonly watch: () => void
  readonly stop: () => void
}

/** Calls `late` for each attempt that is still in `running` when `timeoutMs` have passed since it started. */
export function makeDeadlines({
  clock,
  timeoutMs,
  running,
  late,
}: {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly running: Iterable<Attempt<any, any>>
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
    const overdue: Attempt<any, any>[] = []
    let nextMs = Number.POSITIVE_INFINITY
    for (const attempt of running) {
      const leftMs = attempt.startedAt + timeoutMs - now
      if (leftMs <= 0) overdue.push(attempt)
      else nextMs = Math.min(nextMs, leftMs)
    }
    // Before any of them is told: what it starts then watches anew.
    cancel = nextMs === Number.POSITIVE_INFINITY ? undefined : clock.after(nextMs, check)
    for (const attempt of overdue) late(attempt)
  }
}
