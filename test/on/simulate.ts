import type { Pipeline } from '../../src/pipeline/pipeline.ts'
import type { Backend } from '../../src/queue/backend.ts'
import { simulate as simulateUsual } from '../../src/simulate/index.ts'
import type { SimulateOptions } from '../../src/simulate/options.ts'
import type { Report } from '../../src/simulate/report.ts'
import { on } from './kind.ts'
import { openUsual } from './open.ts'

/** `simulate` with its queues where the tests have theirs: in memory, if `PIPEWRIGHT_TEST_ON` does not say where. */
export async function simulate<In, Out, Artifact, Ctx>(
  pipeline: Pipeline<In, Out, Artifact, Ctx>,
  options: SimulateOptions<In, Ctx>,
): Promise<Report> {
  if (!on) return simulateUsual(pipeline, options)
  let before: Backend | undefined
  return simulateUsual(pipeline, {
    // There are hundreds of runs: each gives the last one's database back.
    backend: async (clock) => {
      await before?.close()
      before = await openUsual({ clock })
      return before
    },
    ...options,
  })
}
