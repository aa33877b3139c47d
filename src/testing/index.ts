/**
 * Test a backend of your own against the contract, and what stands on one under crashes and on a clock that you move.
 * @module pipewright/testing
 */

export type { Random } from './backend-model/random.ts'
export type { Begun, Open, Opened } from './backend-suite/opened.ts'
export type { Runner } from './backend-suite/suite.ts'
export { type CrashPoint, crashing, type MortalBackend } from './crashing.ts'
export { FakeClock } from './fake-clock.ts'
export { testBackend } from './test-backend.ts'
export { type ModelOptions, testBackendModel } from './test-backend-model.ts'
