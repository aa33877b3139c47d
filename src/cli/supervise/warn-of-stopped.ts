import type { QueueCount } from '../../queue/queue-count.ts'
import type { Log } from '../../run/log.ts'

/** Warns once of each queue in which tokens wait for a person, since it is paused, or a gate before it is closed until it is opened. */
export function warnOfStopped(log: Pick<Log, 'warn'>): (counts: readonly QueueCount[]) => void {
  const warned = new Set<string>()
  return (counts) => {
    for (const { queue, role, paused, parked, ready } of counts) {
      if (ready === 0 || role !== 'stage' || warned.has(queue)) continue
      const isShut = parked?.why === 'closed' && parked.until === undefined
      if (!paused && !isShut) continue
      warned.add(queue)
      if (paused) log.warn('A queue is paused, and tokens wait in it.', { queue, ready })
      else log.warn('A gate is closed, and tokens wait at it.', { gate: parked!.gate, queue, ready })
    }
  }
}
