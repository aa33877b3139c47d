import type { QueueSpec } from '../queue/declaration.ts'
import type { GateSpec } from '../queue/gate.ts'
import { planPush } from '../queue/plan.ts'
import type { LetterSchemas } from '../queue/send.ts'
import type { LateQueue } from '../run/late/late-loop.ts'
import type { Schema } from '../schema/schema.ts'
import type { Connected, LaidQueue, Pipeline } from './pipeline.ts'

/** A pipeline laid out under a name of its own, with the queue of its results. Touches no backend. */
export interface LaidOut<Artifact, Ctx> extends Pick<Connected<Artifact, Ctx>, 'enter' | 'artifact'> {
  /** The queues that a backend has to make, the output among them. */
  readonly specs: readonly QueueSpec[]
  /** The gates that its stages stand behind. */
  readonly gates: readonly GateSpec[]
  /** The name of the queue of the results. */
  readonly output: string
  /** The queues on which a `worker` works, by the places of their artifacts: `stamp`, `gate/0`; `main` for the only one. */
  readonly loops: ReadonlyMap<string, string>
  /** Of what is stored in each queue. */
  readonly stored: ReadonlyMap<string, Schema>
  /** The queues in which a message has only so much time. */
  readonly late: readonly LateQueue[]
  /** The letters that its stages take. */
  readonly letters: LetterSchemas
  /** Each queue but the output, by name. */
  readonly stages: ReadonlyMap<string, LaidQueue>
}

/** Lays `pipeline` out as the workflow called `name`. */
export function layOut<Artifact, Ctx>(
  pipeline: Pipeline<any, any, Artifact, Ctx>,
  name: string,
): LaidOut<Artifact, Ctx> {
  const output = `${name}/output`
  const path = isWorkflow(pipeline) ? name : `${name}/main`
  const { enter, queues, artifact } = pipeline.connect({
    path,
    exit: planPush(output, pipeline.output),
    depth: 0,
  })
  return {
    enter,
    artifact,
    output,
    gates: gatesOf(queues),
    specs: [...queues.map(specOf), { name: output, role: 'output' }],
    loops: new Map(
      queues
        .filter(({ hasLoop }) => hasLoop)
        .map(({ name }) => [name.slice(path.length + 1) || 'main', name] as const),
    ),
    late: queues.flatMap(({ name, stored, late }) => (late ? [{ queue: name, stored, ...late }] : [])),
    stored: new Map([
      ...queues.map(({ name, stored }) => [name, stored] as const),
      [output, pipeline.output] as const,
    ]),
    letters: lettersOf(queues),
    stages: new Map(queues.map((queue) => [queue.name, queue])),
  }
}

function lettersOf(queues: readonly LaidQueue[]): LetterSchemas {
  const letters = new Map<string, readonly Schema[]>()
  for (const [name, schema] of queues.flatMap((queue) => Object.entries(queue.letters ?? {})))
    letters.set(name, [...(letters.get(name) ?? []), schema])
  return letters
}

function specOf({ name, role, tags, was, values, behind }: LaidQueue): QueueSpec {
  return { name, role, tags, was, values, behind }
}

function gatesOf(queues: readonly LaidQueue[]): readonly GateSpec[] {
  const byName = new Map<string, GateSpec>()
  for (const gate of queues.flatMap(({ gates }) => gates)) {
    const known = byName.get(gate.name)
    if (known && JSON.stringify(known) !== JSON.stringify(gate))
      throw new TypeError(
        `Gate "${gate.name}" is there twice with other settings; make it once, and use it at each stage.`,
      )
    byName.set(gate.name, gate)
  }
  return [...byName.values()]
}

function isWorkflow(pipeline: Pipeline): boolean {
  return 'stages' in pipeline
}
