import type { QueuePulse } from '../../queue/pulse.ts'
import { leftOf } from '../board/figures.ts'
import { dayMs, sayDay, startOfDay } from './day.ts'
import type { PastDay } from './past.ts'
import type { DayFigures } from './summary.ts'

interface Sums {
  entered: number
  finished: number
  failedAttempts: number
  failedToDesk: number
  readonly from: Map<string, number>
}

/** The figures of each day from `since` to `at`: what the meters of `queues` have, and what the history has beside it. */
export function daysOf(
  queues: readonly QueuePulse[],
  past: ReadonlyMap<number, PastDay>,
  { since, at }: { readonly since: number; readonly at: number },
): readonly DayFigures[] {
  const sums = new Map<number, Sums>()
  for (let day = since; day <= at; day += dayMs)
    sums.set(day, { entered: 0, finished: 0, failedAttempts: 0, failedToDesk: 0, from: new Map() })
  const roles = new Map(queues.map(({ queue, role }) => [queue, role]))
  for (const { queue, role: own, meters } of queues) {
    for (const meter of meters) {
      const sum = sums.get(startOfDay(meter.at))
      if (!sum) continue
      const { to, entered, failed } = meter
      // A standing message is no token of a user.
      if (own !== 'standing') sum.entered += entered
      sum.failedAttempts += failed
      const role = to === undefined ? undefined : roles.get(to)
      if (role === undefined) continue
      // What came from another queue has not entered the workflow.
      const left = leftOf(meter)
      sum.entered -= left
      if (role === 'review') sum.failedToDesk += failed
      if (role !== 'output' || left === 0) continue
      sum.finished += left
      sum.from.set(queue, (sum.from.get(queue) ?? 0) + left)
    }
  }
  return [...sums].map(([start, { from, entered, ...sum }]) => {
    const { decided = 0, dead = 0, cancelled = 0, discarded = 0 } = past.get(start) ?? {}
    return {
      ...{ day: sayDay(start), entered: Math.max(0, entered), ...sum },
      ...{ finishedFrom: Object.fromEntries(from), decided, dead, cancelled, discarded },
    }
  })
}
