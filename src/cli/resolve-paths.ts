import { resolve } from 'node:path'

interface JsonSchema {
  readonly format?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
}

/** `value` with the strings absolute that `schema`, a JSON Schema, calls paths; relative ones are meant from `folder`. */
export function resolvePaths<T>(schema: unknown, value: T, folder: string): T {
  return walk(schema as JsonSchema | undefined, value, folder) as T
}

function walk(schema: JsonSchema | undefined, value: unknown, folder: string): unknown {
  if (!schema) return value
  for (const one of schema.anyOf ?? []) {
    const made = walk(one, value, folder)
    if (made !== value) return made
  }
  if (typeof value === 'string') return schema.format === 'path' ? resolve(folder, value) : value
  if (Array.isArray(value)) return changed(value, (each) => walk(schema.items, each, folder))
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  const { properties = {}, additionalProperties: rest } = schema
  const made = Object.entries(value).map(([key, each]) => {
    const own = Object.hasOwn(properties, key) ? properties[key] : typeof rest === 'object' ? rest : undefined
    return [key, walk(own, each, folder)] as const
  })
  return made.every(([key, each]) => each === (value as Record<string, unknown>)[key])
    ? value
    : Object.fromEntries(made)
}

function changed(list: readonly unknown[], make: (each: unknown) => unknown): readonly unknown[] {
  const made = list.map(make)
  return made.every((each, i) => each === list[i]) ? list : made
}
