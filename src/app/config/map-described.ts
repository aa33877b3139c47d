import { applyingSchemas, isUnknown, type JsonSchema } from './applying-schemas.ts'

/** A value inside another, and what a JSON Schema says about it. */
export interface Place {
  readonly path: readonly string[]
  /** All the schemas that apply to the value; none where nothing is said. */
  readonly schemas: readonly JsonSchema[]
  /** Whether the value has a key that the schema of its object does not have, though that names all of its keys. */
  readonly isUnknown: boolean
}

/**
 * `value`, with each value in it that is not an object or a list, or that has an unknown key, replaced by what `each` makes
 * of it. `each` also gets the parts of `schema`, a JSON Schema, that apply. Where nothing changes, the same object is returned.
 */
export function mapDescribed<T>(
  schema: unknown,
  value: T,
  each: (value: unknown, place: Place) => unknown,
): T {
  if (typeof schema !== 'object' || schema === null) return value
  const root: JsonSchema = schema
  return walk(value, [root], []) as T

  function walk(at: unknown, said: readonly JsonSchema[], path: readonly string[]): unknown {
    const schemas = said.flatMap((one) => applyingSchemas(root, one, at))
    if (Array.isArray(at)) {
      const made = at.map((item, i) => walk(item, itemSchemas(schemas, i), [...path, String(i)]))
      return made.every((item, i) => item === at[i]) ? at : made
    }
    if (!isPlain(at)) return each(at, { path, schemas, isUnknown: false })
    const made = Object.entries(at).map(([key, item]) => {
      const there = [...path, key]
      const made = isUnknown(schemas, key)
        ? each(item, { path: there, schemas: [], isUnknown: true })
        : walk(item, keySchemas(schemas, key), there)
      return [key, made] as const
    })
    return made.every(([key, item]) => item === at[key]) ? at : Object.fromEntries(made)
  }
}

function itemSchemas(schemas: readonly JsonSchema[], index: number): readonly JsonSchema[] {
  return schemas.map(({ prefixItems, items }) => prefixItems?.[index] ?? items).filter(isSchema)
}

function keySchemas(schemas: readonly JsonSchema[], key: string): readonly JsonSchema[] {
  return schemas
    .flatMap(({ properties = {}, patternProperties = {}, additionalProperties }) => {
      const named = Object.hasOwn(properties, key) ? [properties[key]] : []
      const matching = Object.entries(patternProperties).filter(([pattern]) => new RegExp(pattern).test(key))
      const own = [...named, ...matching.map(([, schema]) => schema)]
      return own.length > 0 ? own : [additionalProperties]
    })
    .filter(isSchema)
}

function isSchema(schema: JsonSchema | boolean | undefined): schema is JsonSchema {
  return typeof schema === 'object'
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
