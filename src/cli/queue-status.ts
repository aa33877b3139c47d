import type { Backend, QueueCount } from '../queue/backend.ts'
import { sayDuration } from './duration.ts'
import { leavingRates } from './leaving-rates.ts'
import { table } from './table.ts'

/** How a queue is doing. */
export interface QueueStatus extends QueueCount {
  /** Milliseconds since its oldest message entered. */
  readonly oldestAgeMs?: number | undefined
  /** Tokens that left it per minute, of late; undefined where the backend keeps no history to ask. */
  readonly perMinute?: number | undefined
  /** Milliseconds until it is empty if nothing enters; undefined if nothing leaves. */
  readonly drainMs?: number | undefined
}

/** How the queues of `backend` are doing, those of `workflow` if it is given. */
export async function queueStatus(backend: Backend, workflow?: string): Promise<readonly QueueStatus[]> {
  const now = Date.now()
  const [counts, rates] = await Promise.all([backend.count(), leavingRates(backend, now)])
  return counts
    .filter((count) => workflow === undefined || count.workflow === workflow)
    .map((count) => {
      const { queue, role, ready, leased, delayed, oldestAt } = count
      const perMinute = rates && role !== 'output' ? (rates.get(queue) ?? 0) : undefined
      const waiting = ready + leased + delayed
      return {
        ...count,
        oldestAgeMs: oldestAt === undefined ? undefined : Math.max(0, now - oldestAt),
        perMinute,
        drainMs: perMinute && waiting > 0 ? Math.round((waiting / perMinute) * 60_000) : undefined,
      }
    })
}

const heading = ['queue', 'ready', 'leased', 'delayed', 'dead', 'oldest', 'per min', 'drained in', '']

/** `statuses` as a table. */
export function statusTable(statuses: readonly QueueStatus[]): string {
  if (statuses.length === 0) return 'There are no queues yet.'
  const rows = statuses.map((status) => {
    const { queue, ready, leased, delayed, dead, paused, oldestAgeMs, perMinute, drainMs } = status
    return [
      queue,
      ready,
      leased,
      delayed,
      dead,
      oldestAgeMs === undefined ? '' : sayDuration(oldestAgeMs),
      perMinute === undefined ? '' : Math.round(perMinute * 10) / 10,
      drainMs === undefined ? '' : sayDuration(drainMs),
      paused ? 'paused' : '',
    ]
  })
  return table([heading, ...rows])
}
