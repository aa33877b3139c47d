export type { Open, Opened, Runner } from './backend-suite/suite.ts'
export { FakeClock } from './fake-clock.ts'
export { testBackend } from './test-backend.ts'
