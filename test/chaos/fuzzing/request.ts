import fc from 'fast-check'
import { type Documented, filledPath, type JsonSchema } from './documented.ts'
import { fromSchema, type Making } from './from-schema.ts'
import { noJson, oddJson } from './odd-json.ts'

/** A request to a documented route. */
export interface FuzzRequest {
  readonly route: Documented
  readonly path: string
  /** JSON, or what is none. */
  readonly body: string | undefined
}

type Pairs = readonly (readonly [name: string, value: string])[]

/** Requests to `routes`: such as they ask for, nearly such, and hostile ones. */
export function requests(routes: readonly Documented[], shared: Making['shared']): fc.Arbitrary<FuzzRequest> {
  // What changes something counts more, and what lets tokens enter most: without them there is nothing to fail at.
  const each = routes.map((route) => ({
    weight: route.body ? (Object.keys(route.params).length > 0 ? 3 : 12) : 1,
    arbitrary: fc.record({
      route: fc.constant(route),
      path: paths(route, shared),
      body: route.body ? fuzzBodies(route.body, shared) : fc.constant(undefined),
    }),
  }))
  return fc.oneof(...each)
}

/** Bodies that fit `schema`, that nearly do, and that are anything. */
export function fuzzBodies(schema: JsonSchema, shared: Making['shared']): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fromSchema(schema, { shared }) },
    { weight: 3, arbitrary: fromSchema(schema, { shared, oddPercent: 15 }) },
    { weight: 1, arbitrary: fc.oneof(oddJson, noJson) },
  )
}

function paths({ path, params, query }: Documented, shared: Making['shared']): fc.Arbitrary<string> {
  const filled = values(params, shared).map((given) => {
    const byName = Object.fromEntries(given)
    return filledPath(path, (name) => encoded(byName[name] ?? ''))
  })
  const asked = values(query, shared).chain((all) => fc.subarray([...all]))
  const strange = fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 1, size: '-1' })
  return fc.tuple(filled, asked, strange).map(([start, known, more]) => {
    const text = [...known, ...more].map((pair) => pair.map(encoded).join('=')).join('&')
    return text ? `${start}?${text}` : start
  })
}

/** Values as they stand in a path or a query, one in nine of them odd. */
function values(
  schemas: Readonly<Record<string, JsonSchema>>,
  shared: Making['shared'],
): fc.Arbitrary<Pairs> {
  const pairs = Object.entries(schemas).map(([name, schema]) => {
    const fit = fromSchema(schema, { shared }, name).map((json) => String(JSON.parse(json)))
    const value = fc.oneof(
      { weight: 8, arbitrary: fit },
      { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    )
    return value.map((text) => [name, text] as const)
  })
  return fc.tuple(...pairs)
}

/** `text`, lone surrogates replaced, as it stands in a URL. */
function encoded(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString())
}
