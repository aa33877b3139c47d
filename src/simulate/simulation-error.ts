import type { Crashes } from './crash-plan.ts'
import { sayCrashes } from './crash-plan.ts'

/** What a simulation has found, in a sentence, and how to find it again. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError'
  readonly seed: number
  /** The `crashes` that lead there. */
  readonly crashes: Crashes
  /** The last steps before it was found. */
  readonly trace: readonly string[]

  constructor(
    sentence: string,
    {
      seed,
      crashes,
      trace,
      cause,
    }: {
      readonly seed: number
      readonly crashes: Crashes
      readonly trace: readonly string[]
      readonly cause?: unknown
    },
  ) {
    const again = `Repeat it with { seed: ${seed}, crashes: ${sayCrashes(crashes)} }.`
    super(
      `${/[.!?]$/.test(sentence) ? sentence : `${sentence}.`} ${again}`,
      cause === undefined ? undefined : { cause },
    )
    this.seed = seed
    this.crashes = crashes
    this.trace = trace.slice(-20)
  }
}
