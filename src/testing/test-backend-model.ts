import { sayThrown } from '../queue/thrown.mjs'
import { Driver } from './backend-model/driver.ts'
import { Random } from './backend-model/random.ts'
import type { Open } from './backend-suite/opened.ts'
import { type Runner, testWith } from './backend-suite/suite.ts'

/** How long to look, and from where; a failure says which `seed` repeats it. */
export interface ModelOptions {
  /** The seed of the first run; by default the time. */
  readonly seed?: number | undefined
  /** How many runs, each with an empty backend; 10 by default. */
  readonly runs?: number | undefined
  /** How many random turns each run has; 100 by default. */
  readonly steps?: number | undefined
}

/**
 * Registers a test that does random things to the backend `name` and to a model of a few lines, and fails where
 * they part: a token in two queues or in none, a wrong count, a fence that holds or does not, a commit by halves.
 */
export function testBackendModel(name: string, open: Open, runner: Runner & ModelOptions): void {
  const { seed = Date.now() % 2 ** 31, runs = 10, steps = 100 } = runner
  const test = testWith(open, runner)
  runner.describe(`${name}, against a model`, () => {
    for (let run = 0; run < runs; run++) {
      test(`random run ${run + 1} of ${runs} agrees`, async (fixture) => {
        const driver = new Driver(fixture, new Random(seed + run))
        try {
          await driver.open()
          for (let step = 0; step < steps; step++) await driver.step()
        } catch (cause) {
          const last = driver.steps.slice(-12).join('\n  ')
          const said = `After ${driver.steps.length} steps, ${sayThrown(cause)}`
          throw new Error(
            `${said}\nRepeat it with { seed: ${seed + run}, runs: 1 }. The last steps:\n  ${last}`,
            { cause },
          )
        }
      })
    }
  })
}
