import type { QueueSpec } from '../queue/backend.ts'
import { planPush } from '../queue/plan.ts'
import type { Schema } from '../schema/schema.ts'
import type { Connected, Pipeline } from './pipeline.ts'

/** A pipeline laid out under a name of its own, with the queue of its results. Touches no backend. */
export interface LaidOut<Artifact, Ctx> extends Pick<Connected<Artifact, Ctx>, 'enter' | 'artifact'> {
  /** What a backend is asked for, the output among it. */
  readonly specs: readonly QueueSpec[]
  /** The name of the queue of the results. */
  readonly output: string
  /** Of what is stored in each queue. */
  readonly stored: ReadonlyMap<string, Schema>
}

/** Lays `pipeline` out as the workflow called `name`. */
export function layOut<Artifact, Ctx>(
  pipeline: Pipeline<any, any, Artifact, Ctx>,
  name: string,
): LaidOut<Artifact, Ctx> {
  const output = `${name}/output`
  const { enter, queues, artifact } = pipeline.connect({
    path: isWorkflow(pipeline) ? name : `${name}/main`,
    exit: planPush(output, pipeline.output),
    depth: 0,
  })
  return {
    enter,
    artifact,
    output,
    specs: [...queues.map(({ stored: _, ...spec }) => spec), { name: output, role: 'output' }],
    stored: new Map([
      ...queues.map(({ name, stored }) => [name, stored] as const),
      [output, pipeline.output] as const,
    ]),
  }
}

function isWorkflow(pipeline: Pipeline): boolean {
  return 'stages' in pipeline
}
