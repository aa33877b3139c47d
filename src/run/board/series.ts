import type { Meter } from '../../queue/pulse.ts'
import { figuresOf, type QueueFigures } from './figures.ts'

/** How a queue did within one step of a series. */
export interface SeriesPoint extends QueueFigures {
  /** When the step began, in milliseconds since 1970. */
  readonly at: number
}

/** The figures of a queue from `from` to `to`, by steps of `stepMs`; a step in which nothing happened has zeros. */
export function seriesOf(
  meters: readonly Meter[],
  { from, to, stepMs }: { readonly from: number; readonly to: number; readonly stepMs: number },
): readonly SeriesPoint[] {
  const start = from - (from % stepMs)
  const count = Math.ceil((to - start) / stepMs)
  const steps = Array.from({ length: count }, (): Meter[] => [])
  for (const meter of meters) steps[Math.floor((meter.at - start) / stepMs)]?.push(meter)
  return steps.map((each, n) => {
    const at = start + n * stepMs
    // The last step is not over.
    return { at, ...figuresOf(each, Math.max(1, Math.min(stepMs, to - at))) }
  })
}
