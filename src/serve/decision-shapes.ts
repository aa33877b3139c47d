import * as z from 'zod'
import { describe } from '../pipeline/fingerprint.ts'
import type { Decisions } from '../run/desk.ts'
import type { Schema } from '../schema/schema.ts'
import { Person } from './review-shapes.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/** The JSON Schema of what `schema` accepts, if its library can tell. */
export function jsonSchemaOf(schema: Schema): JsonSchema | undefined {
  const { $schema: _, ...described } = (describe(schema) ?? {}) as JsonSchema
  return Object.keys(described).length > 0 ? described : undefined
}

/** The decisions by name, with what each needs to know where that can be told. */
export function listDecisions(decisions: Decisions) {
  return Object.entries(decisions).map(([decision, schema]) => ({ decision, fields: jsonSchemaOf(schema) }))
}

/** What `decide` is sent. The fields are apart, so that a decision may have one called `hop` or `by`. */
export function deciding(decisions: Decisions) {
  const Deciding = z.strictObject({
    decision: z.string().meta({ enum: Object.keys(decisions) }),
    fields: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'What the decision needs to know.' }),
    hop: z.int().nonnegative().meta({ description: 'Of the task that was looked at.' }),
    lease: z.int().nonnegative().optional().meta({ description: 'Of the claim, if there is one.' }),
    by: Person,
  })
  return Deciding.meta({ oneOf: listDecisions(decisions).map(oneDecision) })
}

function oneDecision({ decision, fields }: { decision: string; fields: JsonSchema | undefined }): JsonSchema {
  const needed = fields && 'required' in fields ? ['decision', 'fields'] : ['decision']
  return {
    title: decision,
    properties: { decision: { const: decision }, fields: embeddable(fields) ?? { type: 'object' } },
    required: needed,
  }
}

/** References within a schema would lead astray once it is part of another document. */
function embeddable(schema: JsonSchema | undefined): JsonSchema | undefined {
  return schema && !JSON.stringify(schema).includes('"$ref"') ? schema : undefined
}
