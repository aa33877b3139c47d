import { mapDescribed } from './map-described.ts'

/**
 * The paths of the keys in `value` that `schema`, a JSON Schema, does not name. Most libraries drop such keys silently,
 * and a misspelt setting would be ignored. Where the schema names no keys, no key is unknown.
 */
export function findUnknownKeys(schema: unknown, value: unknown): readonly (readonly string[])[] {
  const found: (readonly string[])[] = []
  mapDescribed(schema, value, (each, { path, isUnknown }) => {
    if (isUnknown) found.push(path)
    return each
  })
  return found
}
