// What a workflow of 60 stages costs the compiler beside its parts. Prints one line of JSON.
import { compile } from '../types/compile.ts'
import { partsOf, wholeOf, withProject } from '../types/long-workflow.ts'

const stages = 60
const parts = partsOf(stages)
const alone = await withProject(parts, compile)
const together = await withProject(`${parts}\n${wholeOf(stages)}`, compile)
process.stdout.write(
  `${JSON.stringify({ instantiations: together.instantiations - alone.instantiations })}\n`,
)
