import { isolated, review, sequential, stage, state, worker } from 'pipewright'
import * as z from 'zod'
import { correct, Input, Output } from '../correction.ts'

// a constructor lacks a field
// error: Property 'corrected' is missing
Output({ img: 'x' })

// a constructor gets a field too many
// error: 'tag' does not exist
Input({ img: 'x', tag: 'Input' })

// a field that JSON would change
// error: Field "at" would not survive JSON.
state('Dated', z.object({ img: z.string(), at: z.date() }))

// a field where the name of the state is
// error: Field "tag" would hide the name of the state.
state('Tagged', z.object({ tag: z.string() }))

// a list with holes, of which JSON would make nulls
// error: Field "marks" would not survive JSON.
state('Marked', z.object({ marks: z.array(z.number().optional()) }))

// a field that its schema would not accept again, when the value is read
// error: Field "pages" is changed by its schema, which would not accept it again.
state('Counted', z.object({ pages: z.string().transform(Number) }))

// a worker returns the wrong type
// error: Type 'string' is not assignable to type 'boolean | PromiseLike<boolean>'.
worker({ input: z.string(), output: z.boolean(), process: () => 'yes' })

// a worker returns nothing
worker({
  input: z.string(),
  output: z.boolean(),
  // error: Type '(name: string) => void' is not assignable to type '(value: string, ctx: AttemptContext) => boolean | PromiseLike<boolean>'.
  process: (name) => {
    name.trim()
  },
})

// a batch worker returns one value for all
// error: Type 'boolean' is not assignable to type 'PromiseLike<readonly (boolean | Error)[]> | readonly (boolean | Error)[]'
worker({ input: z.string(), output: z.boolean(), batch: 10, process: () => true })

// a batch worker returns values of the wrong type
worker({
  input: z.string(),
  output: z.boolean(),
  batch: 10,
  // error: Type 'string' is not assignable to type 'boolean | Error'
  process: (names) => names.map((name) => `${name}!`),
})

// a stage pushes the wrong type
stage({
  input: z.string(),
  output: z.boolean(),
  // error: Argument of type 'string' is not assignable to parameter of type 'boolean'
  artifact: ({ output }) => output.push('1', 'yes'),
})

// a worker asks the context for what it was not given
worker({
  input: z.string(),
  output: z.boolean(),
  // error: Property 'printer' does not exist on type
  process: (_, { printer }) => printer,
})

// a sequence that does not fit
const isLong = worker({ input: z.number(), output: z.boolean(), process: (n) => n > 3 })
// error: This pipeline does not accept what the one before it returns.
sequential(correct, isLong)

// a sequence that asks for different things under one name
const isFar = worker({
  input: z.string(),
  output: z.boolean(),
  process: (_, { hand }: { hand: number }) => hand > 3,
})
// error: This pipeline asks in its context for another type of "hand" than another one.
sequential(correct, isFar)

// an isolated function that takes another type than the worker's
worker({
  input: z.string(),
  output: z.number(),
  // error: Type 'string' is not assignable to type 'number'
  process: isolated<typeof import('../good/double.task.ts')>(new URL('x', 'file:///'), { in: 'thread' }),
})

// a function that takes another type than its worker says
worker({
  input: z.string(),
  output: z.number(),
  // error: Type '(n: number) => number' is not assignable to type '(value: string, ctx: AttemptContext) => number | PromiseLike<number>'.
  process: (n: number) => n,
})

// the schema of a worker changes the type of its value: the types could not say what `pre` makes
worker({
  // error: This schema changes the type of its value, and would not accept it again: let a function do that.
  input: z.string().transform(Number),
  output: z.number(),
  process: (n) => n,
})
review({
  // error: This schema changes the type of its value, and would not accept it again: let a function do that.
  input: z.string().transform(Number),
  decisions: { go: z.object({}) },
})
stage({
  input: z.string(),
  // error: This schema changes the type of its value, and would not accept it again: let a function do that.
  output: z.object({ at: z.string().transform(Number) }),
  artifact: () => 0,
})
