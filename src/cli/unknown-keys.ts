interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: unknown
  readonly patternProperties?: unknown
  readonly items?: JsonSchema
}

/**
 * The paths of the keys in `value` that `schema`, a JSON Schema, does not name. Most libraries drop such keys without
 * a word, and a misspelt setting would be ignored. Where the schema does not tell, no key is unknown.
 */
export function findUnknownKeys(schema: unknown, value: unknown): readonly (readonly string[])[] {
  return [...walk(schema as JsonSchema | undefined, value, [])]
}

function* walk(
  schema: JsonSchema | undefined,
  value: unknown,
  path: readonly string[],
): Iterable<readonly string[]> {
  if (typeof value !== 'object' || value === null || !schema) return
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) yield* walk(schema.items, each, [...path, String(index)])
    return
  }
  const { properties, additionalProperties, patternProperties } = schema
  if (!properties) return
  const isClosed = !additionalProperties && !patternProperties
  for (const [key, each] of Object.entries(value)) {
    const known = Object.hasOwn(properties, key)
    if (known) yield* walk(properties[key], each, [...path, key])
    else if (isClosed) yield [...path, key]
  }
}
