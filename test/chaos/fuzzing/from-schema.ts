import fc from 'fast-check'
import type { JsonSchema } from './documented.ts'
import { oddJson } from './odd-json.ts'

/** How texts are made of schemas. */
export interface Making {
  /** Values, as JSON, that the requests of a run share, so that they meet each other; by the name of the property. */
  readonly shared: Readonly<Record<string, fc.Arbitrary<string>>>
  /** How many properties in a hundred are odd, missing, or one too many; by default none. */
  readonly oddPercent?: number
}

type Property = readonly [name: string, json: string]

/** JSON texts that fit `schema`, but for what is odd. Where the schema says nothing, `shared` or chance does. */
export function fromSchema(schema: JsonSchema, making: Making, name = ''): fc.Arbitrary<string> {
  const known = making.shared[name]
  if (known) return known
  if ('const' in schema) return fc.constant(JSON.stringify(schema['const']))
  if (schema['enum']) return fc.constantFrom(...schema['enum'].map((each: unknown) => JSON.stringify(each)))
  const choices: readonly JsonSchema[] | undefined = schema['anyOf'] ?? schema['oneOf']
  if (choices) return fc.oneof(...choices.map((each) => fromSchema(merged(schema, each), making, name)))
  switch (schema['type']) {
    case 'object':
      return object(schema, making)
    case 'array':
      return fc
        .array(fromSchema(schema['items'] ?? {}, making), { maxLength: 4 })
        .map((all) => `[${all.join()}]`)
    case 'string':
      return text(schema).map((value) => JSON.stringify(value))
    case 'integer':
      return whole(schema).map(String)
    case 'number':
      return fc.oneof(whole(schema), fraction(schema)).map(String)
    case 'boolean':
      return fc.boolean().map(String)
    default:
      return oddJson
  }
}

function object(schema: JsonSchema, making: Making): fc.Arbitrary<string> {
  const { properties = {}, required = [], additionalProperties } = schema
  const { oddPercent = 0 } = making
  const named = Object.entries<JsonSchema>(properties).map(([name, property]) => {
    const value = fc.oneof(
      { weight: 100 - oddPercent, arbitrary: fromSchema(property, making, name) },
      { weight: oddPercent, arbitrary: oddJson },
    )
    const written = value.map((json): Property => [name, json])
    if (required.includes(name) && oddPercent === 0) return written
    const freq = required.includes(name) ? Math.ceil(100 / oddPercent) : 2
    return fc.option(written, { nil: undefined, freq })
  })
  const free = typeof additionalProperties === 'object' ? fromSchema(additionalProperties, making) : oddJson
  const more = typeof additionalProperties === 'object' ? 3 : oddPercent > 0 ? 1 : 0
  const key = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'then'), fc.string({ maxLength: 8 }))
  const others = fc.array(fc.tuple(key, free), { maxLength: more, size: 'max' })
  const isOdd = fc.integer({ min: 1, max: 100 }).map((roll) => more === 3 || roll <= oddPercent)
  return fc
    .tuple(fc.tuple(...named), others, isOdd)
    .map(([known, extra, odd]) =>
      written([...known.filter((each) => each !== undefined), ...(odd ? extra : [])]),
    )
}

function written(properties: readonly Property[]): string {
  return `{${properties.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join()}}`
}

/** A choice among schemas, with what they have in common. */
function merged({ oneOf: _, anyOf: __, ...common }: JsonSchema, choice: JsonSchema): JsonSchema {
  const properties = { ...common['properties'], ...choice['properties'] }
  const required = [...(common['required'] ?? []), ...(choice['required'] ?? [])]
  return { ...common, ...choice, ...('properties' in common ? { properties, required } : {}) }
}

function text({ minLength = 0, maxLength = 200, pattern }: JsonSchema): fc.Arbitrary<string> {
  const least = pattern ? Math.max(1, minLength) : minLength
  const unit = pattern ? 'grapheme' : 'binary'
  return fc.string({ unit, minLength: least, maxLength: Math.min(maxLength, 50) })
}

function whole({ minimum = -(2 ** 53) + 1, maximum = 2 ** 53 - 1 }: JsonSchema): fc.Arbitrary<number> {
  const low = Math.max(minimum, -2)
  const near = fc.integer({ min: low, max: Math.min(maximum, low + 6) })
  return fc.oneof({ weight: 8, arbitrary: near }, { weight: 1, arbitrary: fc.constantFrom(minimum, maximum) })
}

function fraction({ minimum = -1e308, maximum = 1e308 }: JsonSchema): fc.Arbitrary<number> {
  return fc.double({ min: minimum, max: maximum, noNaN: true })
}
