import { setTimeout as sleep } from 'node:timers/promises'
import { sayError } from '../../app/say-error.ts'
import type { Backend } from '../../queue/backend.ts'
import type { QueueCount } from '../../queue/queue-count.ts'
import type { Log } from '../../run/log.ts'
import { countsOf } from '../counts-of.ts'
import { isIdle } from './idleness.ts'

const everyMs = 200

/**
 * Counts the queues of `workflow` several times a second and calls `each` with the counts, until `signal` aborts or, with
 * `untilIdle`, two counts in a row (each one a consistent snapshot) find nothing that waits for a machine. Returns
 * whether it was idle.
 */
export async function watchCounts(
  backend: Backend,
  workflow: string,
  options: {
    readonly each: (counts: readonly QueueCount[]) => void
    readonly untilIdle: boolean
    /** Whether finished tokens wait for a machine too, which takes them off the output. */
    readonly usesOutput?: boolean
    /** Asked when all is idle: whether more has entered just now. */
    readonly more?: () => Promise<boolean>
    readonly signal: AbortSignal
    readonly log: Log
  },
): Promise<boolean> {
  const { each, untilIdle, usesOutput = false, more, signal, log } = options
  let idleBefore = false
  while (!signal.aborted) {
    const startedAt = performance.now()
    const idle = await look()
    if (untilIdle && idle && idleBefore) return true
    idleBefore = idle
    // Counting a big backlog takes a while, and must not become the main work.
    await sleep(Math.max(everyMs, 10 * (performance.now() - startedAt)), undefined, { signal }).catch(
      () => {},
    )
  }
  return false

  async function look(): Promise<boolean> {
    try {
      const counts = await countsOf(backend, workflow)
      each(counts)
      const idle = isIdle(counts, usesOutput)
      return idle && untilIdle && more ? !(await more()) : idle
    } catch (error) {
      // The processes go on without being counted, and a database that is away may come back.
      log.warn('The queues could not be counted; trying again.', { error: sayError(error) })
      await sleep(1000, undefined, { signal }).catch(() => {})
      return false
    }
  }
}
