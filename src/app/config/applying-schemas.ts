import * as z from 'zod'

/** The part of a JSON Schema that is read here. */
export interface JsonSchema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly type?: unknown
  readonly format?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly prefixItems?: readonly JsonSchema[]
  readonly items?: JsonSchema | boolean
  readonly allOf?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
}

/**
 * `schema`, a part of the JSON Schema `root`, and all other schemas that it applies to `value`: those it refers to, the
 * parts of an intersection, and of a union the member that `value` is. If it fits none, those that may be meant.
 */
export function applyingSchemas(root: JsonSchema, schema: JsonSchema, value: unknown): readonly JsonSchema[] {
  const { $ref, allOf = [], anyOf = [], oneOf = [] } = schema
  const referred = $ref === undefined ? [] : [resolveRef(root, $ref)]
  const parts = [...referred, ...allOf, ...choose(root, anyOf, value), ...choose(root, oneOf, value)]
  return [schema, ...parts.flatMap((part) => applyingSchemas(root, part, value))]
}

/** Whether `schemas`, which apply to one object, leave no other keys than those that they name, and do not name `key`. */
export function isUnknown(schemas: readonly JsonSchema[], key: string): boolean {
  const naming = schemas.filter(({ properties }) => properties)
  const isOpen = schemas.some((each) => each.additionalProperties || each.patternProperties)
  return naming.length > 0 && !isOpen && !naming.some(({ properties }) => Object.hasOwn(properties!, key))
}

function choose(root: JsonSchema, members: readonly JsonSchema[], value: unknown): readonly JsonSchema[] {
  // An empty schema fits everything, so it comes last: a date, say, cannot be described.
  const vague = (member: JsonSchema) => Number(Object.keys(member).length === 0)
  const fitting = members
    .filter((member) => fits(root, member, value))
    .toSorted((one, other) => vague(one) - vague(other))
  if (fitting.length === 0) return members.filter((member) => fits(root, kindOf(root, member), value))
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : []
  const whole = fitting.find((member) => {
    const schemas = applyingSchemas(root, member, value)
    return !keys.some((key) => isUnknown(schemas, key))
  })
  return [whole ?? fitting[0]!]
}

const validators = new WeakMap<JsonSchema, z.ZodType>()

function fits(root: JsonSchema, schema: JsonSchema, value: unknown): boolean {
  try {
    let validator = validators.get(schema)
    if (!validator) {
      // Its references are in the root.
      validator = z.fromJSONSchema({ ...schema, $defs: root.$defs ?? {} } as z.core.JSONSchema.JSONSchema)
      validators.set(schema, validator)
    }
    return validator.safeParse(value).success
  } catch {
    return false
  }
}

/** What distinguishes `member` at a glance: its type, and the properties that have one value, or one of a few. */
function kindOf(root: JsonSchema, member: JsonSchema): JsonSchema {
  const { type, properties = {} } = member.$ref === undefined ? member : resolveRef(root, member.$ref)
  const telling = Object.entries(properties).filter(([, each]) => each.const !== undefined || each.enum)
  return { ...(type === undefined ? {} : { type }), properties: Object.fromEntries(telling) }
}

function resolveRef(root: JsonSchema, ref: string): JsonSchema {
  const keys = ref
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const found = keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], root)
  return (found ?? {}) as JsonSchema
}
