/**
 * Test your workflow under crashes, and a backend of your own against the contract.
 * @module pipewright/testing
 */

export type { Random } from './backend-model/random.ts'
export type { Open, Opened, Runner } from './backend-suite/suite.ts'
export { type CrashPoint, crashing, type MortalBackend } from './crashing.ts'
export { FakeClock } from './fake-clock.ts'
export type { Crash } from './simulate/crash-plan.ts'
export type { Contextual, Crashes, Entry, Making, SimulateOptions, Simulation } from './simulate/options.ts'
export type { Choice, Decide, TaskOnDesk } from './simulate/people.ts'
export type { Ended, Report, Run } from './simulate/report.ts'
export { simulate } from './simulate/simulate.ts'
export { SimulationError } from './simulate/simulation-error.ts'
export { testBackend } from './test-backend.ts'
export { type ModelOptions, testBackendModel } from './test-backend-model.ts'
