import {
  type OutOf,
  oneOf,
  review,
  type Schema,
  type StateSchema,
  type States,
  state,
  type Tagged,
  worker,
  workflow,
  wrapped,
} from 'pipewright'
import * as z from 'zod'
import { type Equal, sure } from '../equal.ts'

// Functions that make states, stages and workflows of what their callers give them: what they do not know yet is not
// held against them, and what comes out is typed like anything else.

const doNothing = worker({ input: z.null(), output: z.null(), process: () => null })

// States of a schema, and of its parts
const named = <T extends object>(schema: z.ZodType<T>) => state('Named', schema)
const Named = named(z.object({ name: z.string() }))
sure<Equal<ReturnType<typeof Named>, { readonly tag: 'Named'; readonly name: string }>>()
const failed = <F extends z.ZodRawShape>(shape: F) => state('Failed', z.object({ ...shape, why: z.string() }))
const Failed = failed({ n: z.number() })
sure<Equal<ReturnType<typeof Failed>, { readonly tag: 'Failed'; readonly n: number; readonly why: string }>>()
const holding = <T>(schema: z.ZodType<T, T>) => state('Holding', z.object({ it: schema }))
sure<Equal<ReturnType<ReturnType<typeof holding<number>>>['it'], number>>()
const strict = <Fields extends object, Input>(schema: StateSchema<Fields, Input>) => state('Strict', schema)
sure<Equal<ReturnType<ReturnType<typeof strict<{ n: number }, { n: number }>>>['n'], number>>()
export const Strict = strict(z.object({ n: z.number().default(1) }))

// Workers, reviews, several states
export const echo = <T>(schema: Schema<T>) =>
  worker({ input: schema, output: schema, process: (value) => value })
export const judge = <T>(schema: Schema<T>) => review({ input: schema, decisions: { yes: z.object({}) } })
export const either = <A extends Tagged, B extends Tagged>(a: States<A>, b: States<B>) => oneOf(a, b)

// A stage with a state of its own, and a workflow around it
function guarded<In extends Tagged, const Out extends Tagged>(
  input: States<In>,
  output: States<Out>,
  next: (state: In) => NoInfer<Out>,
) {
  const Down = state('Down', z.object({ why: z.string() }))
  const stage = wrapped(doNothing, {
    input,
    output,
    pre: () => null,
    post: (state) => next(state),
    failed: { to: Down, as: (_, { message }) => Down({ why: message }) },
  })
  return { Down, stage }
}
const Start = state('Start', z.object({ n: z.number() }))
const End = state('End', z.object({ n: z.number() }))
const { Down, stage } = guarded(Start, End, ({ n }) => End({ n }))
const whole = workflow({ input: Start, output: oneOf(End, Down), stages: { stage } })
sure<Equal<OutOf<typeof whole>['tag'], 'End' | 'Down'>>()

function flowOf<const Tag extends string, Fields extends object, Input>(
  tag: Tag,
  schema: StateSchema<Fields, Input>,
) {
  const In = state(tag, schema)
  const it = wrapped(doNothing, { input: In, output: End, pre: () => null, post: () => End({ n: 1 }) })
  return workflow({ input: In, output: End, stages: { it } })
}
const inner = flowOf('Inner', z.object({ name: z.string() }))
workflow({ input: inner.input, output: End, stages: { inner } })
