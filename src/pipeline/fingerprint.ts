import { createHash } from 'node:crypto'
import type { Schema } from '../schema/schema.ts'
import { isStates } from '../schema/state.ts'
import type { LaidOut } from './lay-out.ts'
import type { Pipeline } from './pipeline.ts'

/**
 * Identifies a version of a workflow by what it stores: the names and states of its queues, the shapes of what they
 * hold, and those of its states, where their library can describe them (https://standardschema.dev/json-schema).
 */
export function fingerprint(
  pipeline: Pipeline,
  { specs, stored, gates }: Pick<LaidOut<unknown, unknown>, 'specs' | 'stored' | 'gates'>,
): string {
  const states = [...statesOf(pipeline)].map(([tag, schema]) => [tag, describe(schema)])
  const values = [...stored].map(([queue, schema]) => [queue, describe(schema)])
  return createHash('sha256')
    .update(JSON.stringify([specs, states, values, ...(gates.length > 0 ? [gates] : [])]))
    .digest('hex')
    .slice(0, 32)
}

function statesOf(pipeline: Pipeline): Map<string, Schema> {
  const stages = 'stages' in pipeline ? Object.values(pipeline.stages as Record<string, Pipeline>) : []
  const found = new Map(stages.flatMap((stage) => [...statesOf(stage)]))
  for (const schema of [pipeline.input, pipeline.output]) {
    if (isStates(schema)) for (const [tag, fields] of Object.entries(schema.fields)) found.set(tag, fields)
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

interface Describable {
  readonly jsonSchema?: { readonly input?: (options: object) => unknown }
}

/** The JSON Schema of what `schema` accepts; undefined if its library, given `libraryOptions`, cannot describe it. */
export function describe(schema: Schema, libraryOptions: object = {}): unknown {
  const options = { target: 'draft-2020-12', libraryOptions }
  try {
    return (schema['~standard'] as Describable).jsonSchema?.input?.(options)
  } catch {
    // Transforms and refinements may have no JSON Schema; then the fingerprint has only the name.
    return undefined
  }
}
