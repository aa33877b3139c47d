/**
 * Run a workflow on a virtual clock, crash it where you like, and see that no token is lost.
 * @module pipewright/simulate
 */

export type { Crash, Crashes } from './crash-plan.ts'
export type { Contextual, Entry, Making, SimulateOptions, Simulation } from './options.ts'
export type { Choice, Decide, TaskOnDesk } from './people.ts'
export type { Ended, Report, Run } from './report.ts'
export { simulate } from './simulate.ts'
export { SimulationError } from './simulation-error.ts'
