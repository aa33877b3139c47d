import type { QueuePulse } from '../../queue/pulse.ts'
import { figuresOf, leftOf } from '../board/figures.ts'
import type { StageFigures } from './summary.ts'

/** How long tokens waited at the stages of `queues` and were worked on since `since`, in milliseconds: the slowest stage first. */
export function slowStages(queues: readonly QueuePulse[], since: number): readonly StageFigures[] {
  return queues
    .filter(({ role }) => role === 'stage')
    .map(({ queue, meters: all }) => {
      const meters = all.filter(({ at }) => at >= since)
      const { age, work } = figuresOf(meters, 1)
      const sum = (of: (meter: (typeof meters)[number]) => number) => meters.reduce((a, b) => a + of(b), 0)
      return {
        ...{ queue, done: sum(leftOf), failedAttempts: sum(({ failed }) => failed) },
        ...(age && { wait: rounded(age) }),
        ...(work && { work: rounded(work) }),
        workMs: Math.round(sum((meter) => meter.work.sumMs)),
      }
    })
    .sort((a, b) => slownessOf(b) - slownessOf(a))
}

function slownessOf({ wait, work }: StageFigures): number {
  return (wait?.p99 ?? 0) + (work?.p99 ?? 0)
}

function rounded({ p50, p99 }: NonNullable<StageFigures['wait']>) {
  return { p50: Math.round(p50), p99: Math.round(p99) }
}
