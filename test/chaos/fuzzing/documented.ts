/** A JSON Schema, as OpenAPI 3.1 has it. */
export interface JsonSchema {
  readonly [key: string]: any
}

/** One route of an OpenAPI document. */
export interface Documented {
  readonly method: string
  /** With names in braces: `/tokens/{id}`. */
  readonly path: string
  readonly params: Readonly<Record<string, JsonSchema>>
  readonly query: Readonly<Record<string, JsonSchema>>
  readonly body: JsonSchema | undefined
  /** Whether it needs no token. */
  readonly isOpen: boolean
  /** The schema of what a status is answered with, if the document gives one. */
  readonly answer: (status: number) => JsonSchema | undefined
}

/** Every route of an OpenAPI document, so that a test of all of them covers new ones too. */
export function documentedRoutes(given: JsonSchema): readonly Documented[] {
  const document = inline(given, given)
  return Object.entries<JsonSchema>(document['paths']).flatMap(([path, methods]) =>
    Object.entries<JsonSchema>(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      params: parameters(operation, 'path'),
      query: parameters(operation, 'query'),
      body: schemaOf(operation['requestBody']),
      isOpen: operation['security']?.length === 0,
      answer: (status) => {
        return schemaOf(operation['responses'][status])
      },
    })),
  )
}

/** `path` with `value` in place of each name in braces, as it is: encode it before, if it should be. */
export function filledPath(path: string, value: (name: string) => string): string {
  return path.replace(/\{(.+?)\}/g, (_, name: string) => value(name))
}

/** `part` with the shapes in place of what refers to them by name. */
function inline(part: unknown, document: JsonSchema): any {
  if (typeof part !== 'object' || part === null) return part
  if (Array.isArray(part)) return part.map((each) => inline(each, document))
  const { $ref, ...others } = part as JsonSchema
  const name = typeof $ref === 'string' ? $ref.replace('#/components/schemas/', '') : undefined
  const shape = name === undefined ? {} : inline(document['components'].schemas[name], document)
  return {
    ...shape,
    ...Object.fromEntries(Object.entries(others).map(([key, each]) => [key, inline(each, document)])),
  }
}

function parameters({ parameters = [] }: JsonSchema, place: string): Record<string, JsonSchema> {
  const there = (parameters as JsonSchema[]).filter((parameter) => parameter['in'] === place)
  return Object.fromEntries(there.map(({ name, schema }) => [name, schema]))
}

function schemaOf(part: JsonSchema | undefined): JsonSchema | undefined {
  return part?.['content']?.['application/json']?.schema
}
