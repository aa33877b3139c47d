import { declaring } from './backend-suite/declaring.ts'
import { fences } from './backend-suite/fences.ts'
import { leasing } from './backend-suite/leasing.ts'
import { pushing } from './backend-suite/pushing.ts'
import { redelivery } from './backend-suite/redelivery.ts'
import { type Open, type Runner, testWith } from './backend-suite/suite.ts'

const capabilities = { declaring, pushing, leasing, fences, redelivery }

/**
 * Registers the conformance suite for the backend `name`: somebody's backend is done when it passes. Every test
 * opens an empty one that goes by the clock it is given. `runner` is vitest's or `node:test`'s `describe` and `it`.
 */
export function testBackend(name: string, open: Open, runner: Runner): void {
  const test = testWith(open, runner)
  runner.describe(name, () => {
    for (const [capability, register] of Object.entries(capabilities)) {
      runner.describe(capability, () => register(test))
    }
  })
}
