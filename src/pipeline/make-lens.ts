import { InvalidError } from '../queue/errors.ts'
import { type Lens, unfit } from '../queue/lens.ts'
import { andThen, type MaybePromise, type Schema } from '../schema/schema.ts'
import { isStates } from '../schema/state.ts'
import { delayHop } from './delay-hop.ts'
import type { Site } from './pipeline.ts'

/** The schemas of a leaf's values; `output` is left out where results are checked already. */
export interface LeafSchemas<In, Out> {
  readonly input: Schema<In>
  readonly output?: Schema<Out> | undefined
}

/**
 * How a leaf at `site` sees its messages: as they are, or through the wrapper directly around it. Its schemas are run once
 * on each value, by the queue that stores it or else here: on the value that `pre` makes, and on each result.
 */
export function makeLens<In, Out>({ input, output }: LeafSchemas<In, Out>, site: Site): Lens<In, Out> {
  const { exit, fail, path, wrapper } = site
  const outer = fail && { fail: (next: any, _: unknown, failure: any) => fail(next, failure) }
  const isCheckedLater = !wrapper && (exit.schema === output || (output && isStates(output)))
  const returned = output && !isCheckedLater ? checkResult(path, output) : asItIs
  if (!wrapper) {
    return {
      schema: input,
      open: (stored) => stored as In,
      answer: (next, _, result) => andThen(returned(result, next.id), (value) => exit(next, value)),
      ...outer,
    }
  }
  const { input: schema, pre, post, fail: as, late } = wrapper
  return {
    schema,
    open: (state, id) => andThen(pre(state), (value) => checkInput(input, value, { queue: path, id })),
    answer: (next, state, result, decided) =>
      andThen(returned(result, next.id), (value) =>
        andThen(post(state, value, decided), (after) =>
          andThen(exit(next, after), (changes) =>
            delayHop(changes, wrapper, { path, id: next.id, state: after }),
          ),
        ),
      ),
    ...outer,
    ...(late && {
      late: {
        afterMs: late.afterMs,
        plan: (next, state) => andThen(late.as(state), (value) => exit(next, value)),
      },
    }),
    ...(as && { fail: (next, state, failure) => andThen(as(state, failure), (value) => exit(next, value)) }),
  }
}

function asItIs<T>(value: T, _id: string): MaybePromise<T> {
  return value
}

function checkResult<T>(queue: string, schema: Schema<T>): typeof asItIs<T> {
  return (value, id) =>
    andThen(schema['~standard'].validate(value), (result) => {
      if (!result.issues) return result.value
      const what = `Stage "${queue}" returned a value for token "${id}" that its output schema refuses`
      throw new InvalidError(what, { queue, id, issues: result.issues })
    })
}

function checkInput<T>(
  schema: Schema<T>,
  value: unknown,
  at: { readonly queue: string; readonly id: string },
): MaybePromise<T> {
  return andThen(schema['~standard'].validate(value), (result) => {
    if (!result.issues) return result.value
    const what = `What \`pre\` made of token "${at.id}" does not fit the input schema of stage "${at.queue}"`
    throw unfit(what, { ...at, issues: result.issues })
  })
}
