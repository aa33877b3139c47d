import { describe } from '../pipeline/fingerprint.ts'
import type { Schema } from '../schema/schema.ts'
import { isStates } from '../schema/state.ts'

/** A JSON Schema, as https://json-schema.org/draft/2020-12 has it. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** The JSON Schema of what `schema` accepts, if its library can make one; for states, of those that it can. */
export function jsonSchemaOf(schema: Schema): JsonSchema | undefined {
  if (isStates(schema)) {
    const states = Object.entries(schema.fields).map(([tag, fields]) => stateSchema(tag, fields))
    return states.length === 1 ? states[0] : { oneOf: states }
  }
  const { $schema: _, ...described } = (describe(schema) ?? {}) as JsonSchema
  return Object.keys(described).length > 0 ? described : undefined
}

/** The JSON Schema of what `schema` accepts, for use inside another document: undefined if it has references, which would be wrong there. */
export function embeddedSchemaOf(schema: Schema): JsonSchema | undefined {
  return embeddable(jsonSchemaOf(schema))
}

function stateSchema(tag: string, fields: Schema): JsonSchema {
  const described = embeddable(jsonSchemaOf(fields)) ?? {}
  const { properties = {}, required = [] } = described as { properties?: object; required?: string[] }
  return {
    title: tag,
    ...described,
    type: 'object',
    properties: { tag: { const: tag }, ...properties },
    required: ['tag', ...required],
  }
}

function embeddable(schema: JsonSchema | undefined): JsonSchema | undefined {
  return schema && !JSON.stringify(schema).includes('"$ref"') ? schema : undefined
}
