import type { Meter, QueuePulse } from '../../queue/pulse.ts'
import { percentile, sumOfSpreads } from '../../queue/spread.ts'

/** The median and the 99th percentile, in milliseconds, wrong by a factor of two at most. */
export interface Percentiles {
  readonly p50: number
  readonly p99: number
}

/** How one queue has done lately. */
export interface QueueFigures {
  /** Messages a minute that came, and that left, those that were given up among them. */
  readonly enteredPerMinute: number
  readonly leftPerMinute: number
  /** Attempts a minute that failed. */
  readonly failedPerMinute: number
  /** How long messages had waited when they were first leased; undefined if none was. */
  readonly age?: Percentiles | undefined
  /** How long the work took; undefined if none has ended. */
  readonly work?: Percentiles | undefined
}

const shortestMs = 10_000

/** How long the meters of `queues` reach back from `at`, at most `windowMs`, in milliseconds: what rates are reckoned with. */
export function spanOf(queues: readonly QueuePulse[], at: number, windowMs: number): number {
  const first = Math.min(at, ...queues.flatMap(({ meters }) => meters.map((meter) => meter.at)))
  return Math.min(windowMs, Math.max(shortestMs, at - first))
}

/** Whether what a meter tells has left the queue: it went on, or was given up and went where that leads. */
export function leftOf({ to, moved, failed }: Meter): number {
  return moved + (to === undefined ? 0 : failed)
}

/** The figures of a queue over the last `spanMs`, of which `meters` are. */
export function figuresOf(meters: readonly Meter[], spanMs: number): QueueFigures {
  const perMinute = (count: (meter: Meter) => number) =>
    (meters.reduce((sum, meter) => sum + count(meter), 0) / spanMs) * 60_000
  const age = percentiles(meters.map((meter) => meter.age))
  const work = percentiles(meters.map((meter) => meter.work))
  return {
    enteredPerMinute: perMinute(({ entered }) => entered),
    leftPerMinute: perMinute(leftOf),
    failedPerMinute: perMinute(({ failed }) => failed),
    ...(age && { age }),
    ...(work && { work }),
  }
}

function percentiles(spreads: readonly Meter['age'][]): Percentiles | undefined {
  const sum = sumOfSpreads(spreads)
  const [p50, p99] = [percentile(sum, 0.5), percentile(sum, 0.99)]
  return p50 === undefined || p99 === undefined ? undefined : { p50, p99 }
}
