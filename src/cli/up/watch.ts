import { workersOf } from '../../app/concurrency-by-queue.ts'
import type { OpenApp } from '../../app/open-app.ts'
import { sayError } from '../../app/say-error.ts'
import { systemClock } from '../../queue/clock.ts'
import type { QueueCount } from '../../queue/queue-count.ts'
import type { Log } from '../../run/log.ts'
import { waitFor } from '../../run/wait-for.ts'
import { countsOf } from '../counts-of.ts'
import { type QueueStatus, queueStatus } from '../screen/queue-status.ts'
import { warnOfStopped } from '../supervise/warn-of-stopped.ts'
import { watchSuspects } from '../supervise/watch-suspects.ts'
import { mirror } from './mirror/mirror.ts'

/** What is done with what is seen. */
export interface WatchListener {
  /** Called when a message waits whose process was lost. */
  readonly found: () => void
  /** Called every second with the status of the queues, if a person watches. */
  readonly show: ((statuses: readonly QueueStatus[]) => void) | undefined
  /** The folder in which it is mirrored, if it is. */
  readonly mirror: string | undefined
  readonly log: Log
}

const everyMs = 1000

/** Looks at the queues of `app` every second. Returns a function that ends that. */
export function watch(app: OpenApp, { found, show, mirror: root, log }: WatchListener): () => Promise<void> {
  const over = new AbortController()
  const { signal } = over
  const watching = [
    watchSuspects(app.backend, [...workersOf(app).values()], { found, signal, log }),
    lookAgain(),
    ...(root === undefined ? [] : [mirror(app, { root, signal, log })]),
  ]
  return async () => {
    over.abort()
    await Promise.all(watching)
  }

  async function lookAgain(): Promise<void> {
    const warn = warnOfStopped(log)
    while (!signal.aborted) {
      const startedAt = performance.now()
      try {
        warn(await look())
      } catch (error) {
        log.warn('The queues could not be looked at; trying again.', { error: sayError(error) })
      }
      // To look must not become the main work.
      await waitFor(systemClock, Math.max(everyMs, 10 * (performance.now() - startedAt)), signal)
    }
  }

  async function look(): Promise<readonly QueueCount[]> {
    if (!show) return countsOf(app.backend, app.name)
    const statuses = await queueStatus(app.backend, app.name)
    show(statuses)
    return statuses
  }
}
