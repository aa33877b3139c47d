import type { Clock } from '../../queue/clock.ts'
import type { Attempt } from './attempt.ts'

/** Ends attempts that take too long, with one timer for all of them. */
export interface Deadlines {
  /** Records that an attempt has begun that has to end at `endsAt`, in elapsed milliseconds. */
  readonly watch: (endsAt: number) => void
  readonly stop: () => void
}

/** Times out each attempt that is still in `running` when it has to end. */
export function makeDeadlines({
  clock,
  running,
}: {
  readonly clock: Clock
  readonly running: Iterable<Attempt<any, any>>
}): Deadlines {
  let cancel = () => {}
  let looksAt = Number.POSITIVE_INFINITY

  return {
    watch: (endsAt) => {
      if (endsAt < looksAt) lookAt(endsAt, clock.elapsed())
    },
    stop: () => cancel(),
  }

  function lookAt(time: number, now: number): void {
    cancel()
    looksAt = time
    if (time < Number.POSITIVE_INFINITY) cancel = clock.after(Math.max(0, time - now), check)
  }

  function check(): void {
    const now = clock.elapsed()
    const overdue: Attempt<any, any>[] = []
    let next = Number.POSITIVE_INFINITY
    for (const attempt of running) {
      if (attempt.endsAt <= now) overdue.push(attempt)
      else next = Math.min(next, attempt.endsAt)
    }
    // Before any of them ends: work that starts then calls `watch` again.
    lookAt(next, now)
    for (const attempt of overdue) attempt.timeOut()
  }
}
