import type { Lens } from '../queue/lens.ts'
import { andThen, type Schema } from '../schema/schema.ts'
import type { Site } from './pipeline.ts'

/** How a leaf at `site` sees its messages: as they are, or through the wrapper that is right around it. */
export function makeLens<In, Out>(input: Schema<In>, site: Site): Lens<In, Out> {
  const { exit, fail, wrapper } = site
  const outer = fail && { fail: (next: any, _: unknown, failure: any) => fail(next, failure) }
  if (!wrapper) {
    return {
      schema: input,
      open: (stored) => stored as In,
      answer: (next, _, result) => exit(next, result),
      ...outer,
    }
  }
  const { input: schema, pre, post, fail: as } = wrapper
  return {
    schema,
    open: pre,
    answer: (next, state, result, decided) =>
      andThen(post(state, result, decided), (value) => exit(next, value)),
    ...outer,
    ...(as && { fail: (next, state, failure) => andThen(as(state, failure), (value) => exit(next, value)) }),
  }
}
