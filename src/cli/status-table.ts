import { sayDuration } from './duration.ts'
import type { QueueStatus } from './queue-status.ts'
import { sayOwner } from './say-owner.ts'
import { table } from './table.ts'

const holdersShown = 3
const heading = ['queue', 'ready', 'leased', 'delayed', 'dead', 'oldest', 'per min', 'drained in', '']

/** `statuses` as a table. */
export function statusTable(statuses: readonly QueueStatus[]): string {
  if (statuses.length === 0) return 'There are no queues yet.'
  const rows = statuses.map((status) => {
    const { queue, ready, leased, delayed, dead, oldestAgeMs, perMinute, drainMs } = status
    return [
      queue,
      ready,
      leased,
      delayed,
      dead,
      oldestAgeMs === undefined ? '' : sayDuration(oldestAgeMs),
      perMinute === undefined ? '' : Math.round(perMinute * 10) / 10,
      drainMs === undefined ? '' : sayDuration(drainMs),
      sayWork(status),
    ]
  })
  return table([heading, ...rows])
}

function sayWork({ paused, lacksWorker, holders }: QueueStatus): string {
  const shown = holders.slice(0, holdersShown).map(sayOwner)
  const more = holders.length > holdersShown ? [`${holders.length - holdersShown} more`] : []
  const held = shown.length > 0 ? [`held by ${[...shown, ...more].join(', ')}`] : []
  return [...(paused ? ['paused'] : []), ...(lacksWorker ? ['no worker'] : []), ...held].join('; ')
}
