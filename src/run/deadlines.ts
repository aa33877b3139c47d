import type { Clock } from '../queue/clock.ts'
import type { Attempt } from './attempt.ts'

/** Calls `late` for each attempt that has not ended `timeoutMs` after it started, with one timer for all of them. */
export interface Deadlines {
  readonly watch: (attempt: Attempt<any, any>) => void
  readonly stop: () => void
}

/** A `Deadlines` by `clock`. All attempts have the same time, so the first that started is the first to be late. */
export function makeDeadlines(
  clock: Clock,
  timeoutMs: number,
  late: (attempt: Attempt<any, any>) => void,
): Deadlines {
  let waiting: Attempt<any, any>[] = []
  let cancel: (() => void) | undefined

  return {
    watch(attempt) {
      waiting.push(attempt)
      // Ended ones are swept out now and then, so that a slow timer does not gather fast work.
      if (waiting.length % 1024 === 0) waiting = waiting.filter(({ ended }) => !ended)
      cancel ??= clock.after(timeoutMs, check)
    },
    stop: () => cancel?.(),
  }

  function check(): void {
    const now = clock.elapsed()
    const running = waiting.filter(({ ended }) => !ended)
    for (const attempt of running) if (attempt.startedAt + timeoutMs <= now) late(attempt)
    waiting = running.filter(({ ended }) => !ended)
    const [first] = waiting
    cancel = first && clock.after(Math.max(1, first.startedAt + timeoutMs - now), check)
  }
}
