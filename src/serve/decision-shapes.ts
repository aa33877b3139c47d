import * as z from 'zod'
import type { Decisions } from '../run/desk/desk.ts'
import { exampleOf } from './example-of.ts'
import { embeddedSchemaOf, type JsonSchema, jsonSchemaOf } from './json-schema.ts'
import { Hop, Lease, Person } from './review-shapes.ts'

/** The decisions by name, with the JSON Schema of each one's fields where its library can make one. */
export function listDecisions(decisions: Decisions) {
  return Object.entries(decisions).map(([decision, schema]) => ({ decision, fields: jsonSchemaOf(schema) }))
}

/** The body of `decide`. The fields are apart, so that a decision may have one called `hop` or `by`. */
export function deciding(decisions: Decisions) {
  const names = Object.keys(decisions)
  const Deciding = z.strictObject({
    decision: z.string().meta({ enum: names }),
    fields: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'What the decision needs to know.' }),
    hop: Hop,
    lease: Lease.optional().meta({ description: 'Of the claim, if there is one.' }),
    by: Person,
  })
  const described = names.map((name) => [name, embeddedSchemaOf(decisions[name]!)] as const)
  return Deciding.meta({
    oneOf: described.map(([name, fields]) => oneDecision(name, fields)),
    'x-examples': Object.fromEntries(
      described.map(([name, fields]) => [name, { value: exampleDecision(name, fields) }]),
    ),
  })
}

function oneDecision(decision: string, fields: JsonSchema | undefined): JsonSchema {
  return {
    title: decision,
    properties: { decision: { const: decision }, fields: fields ?? { type: 'object' } },
    required: needsFields(fields) ? ['decision', 'fields'] : ['decision'],
  }
}

function exampleDecision(decision: string, fields: JsonSchema | undefined): JsonSchema {
  return { decision, ...(needsFields(fields) && { fields: exampleOf(fields) }), hop: 1, by: 'ann' }
}

function needsFields(fields: JsonSchema | undefined): boolean {
  const required = fields?.['required']
  return Array.isArray(required) && required.length > 0
}
