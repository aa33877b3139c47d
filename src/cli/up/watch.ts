import { workersOf } from '../../app/concurrency-by-queue.ts'
import type { OpenApp } from '../../app/open-app.ts'
import type { QueueCount } from '../../queue/queue-count.ts'
import type { Log } from '../../run/log.ts'
import { warnOfStopped } from '../supervise/warn-of-stopped.ts'
import { watchCounts } from '../supervise/watch-counts.ts'
import { watchSuspects } from '../supervise/watch-suspects.ts'

/** What is done with what is seen. */
export interface WatchListener {
  /** Called when a message waits whose process was lost. */
  readonly found: () => void
  /** Called with the counts several times a second. */
  readonly each: (counts: readonly QueueCount[]) => void
  readonly log: Log
}

/** Looks at the queues of `app` all the time. Returns a function that ends that. */
export function watch(app: OpenApp, { found, each, log }: WatchListener): () => Promise<void> {
  const over = new AbortController()
  const { signal } = over
  const warn = warnOfStopped(log)
  const watching = [
    watchSuspects(app.backend, [...workersOf(app).values()], { found, signal, log }),
    watchCounts(app.backend, app.name, {
      each(counts) {
        warn(counts)
        each(counts)
      },
      ...{ untilIdle: false, signal, log },
    }),
  ]
  return async () => {
    over.abort()
    await Promise.all(watching)
  }
}
