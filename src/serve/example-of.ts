import type { JsonSchema } from './json-schema.ts'

/** A value that fits the types of `schema`, as an example in the docs: optional fields are left out. */
export function exampleOf(schema: JsonSchema | undefined): unknown {
  if (!schema) return {}
  const { examples, type, properties = {}, required = [] } = schema as Described
  if ('const' in schema) return schema['const']
  if ('default' in schema) return schema['default']
  if (examples) return examples[0]
  for (const choice of ['enum', 'oneOf', 'anyOf'] as const) {
    const first = (schema[choice] as readonly unknown[] | undefined)?.[0]
    if (first !== undefined) return choice === 'enum' ? first : exampleOf(first as JsonSchema)
  }
  if (type === 'object')
    return Object.fromEntries(required.map((name) => [name, exampleOf(properties[name])]))
  return type !== undefined && Object.hasOwn(plain, type) ? plain[type] : null
}

interface Described {
  readonly examples?: readonly unknown[]
  readonly type?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
}

const plain: Readonly<Record<string, unknown>> = {
  string: 'text',
  number: 1,
  integer: 1,
  boolean: true,
  array: [],
}
