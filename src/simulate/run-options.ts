import type { Pipeline } from '../pipeline/pipeline.ts'
import type { CrashPlan } from './crash-plan.ts'
import type { Simulation } from './options.ts'

/** A step at which a process can be made to die. */
export interface Point {
  readonly step: number
  readonly text: string
}

/** What is to be run once. */
export interface RunOptions extends Simulation<any, any> {
  readonly pipeline: Pipeline
  readonly context: unknown
  readonly seed: number
  readonly plan: CrashPlan
  /** What the run without crashes has seen where the process is to die. */
  readonly expected?: Point | undefined
}
