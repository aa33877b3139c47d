import { type StateSchema, type States, state, type Tagged, worker, workflow, wrapped } from 'pipewright'
import * as z from 'zod'

// The caller of a function that makes states sees what is wrong with the schema, if the function takes a `StateSchema`
const named = <Fields extends object, Input>(schema: StateSchema<Fields, Input>) => state('Named', schema)
// error: is not assignable to type '"Field "at" would not survive JSON."'
named(z.object({ at: z.date() }))
// error: is not assignable to type '"Field "n" is changed by its schema, which would not accept it again."'
named(z.object({ n: z.string().transform(Number) }))

const failed = <Shape extends z.ZodRawShape>(
  fields: z.ZodObject<Shape> & StateSchema<z.output<z.ZodObject<Shape>>, z.input<z.ZodObject<Shape>>>,
) => state('Failed', z.object({ ...fields.shape, why: z.string() }))
// error: is not assignable to type '"Field "at" would not survive JSON."'
failed(z.object({ at: z.date() }))
// error: Property 'n' is missing
failed(z.object({ n: z.number() }))({ why: 'x' })

// What a generic function knows already is held against it
const doNothing = worker({ input: z.null(), output: z.null(), process: () => null })
const End = state('End', z.object({}))
const Lost = state('Lost', z.object({}))
export function flowOf<Fields extends object, Input>(schema: StateSchema<Fields, Input>) {
  const In = state('In', schema)
  const it = wrapped(doNothing, { input: In, output: Lost, pre: () => null, post: () => Lost({}) })
  // error: No stage returns the output state "End".
  return workflow({ input: In, output: End, stages: { it } })
}

// What it returns is checked where it is used
const lost = <In extends Tagged>(input: States<In>) =>
  wrapped(doNothing, { input, output: Lost, pre: () => null, post: () => Lost({}) })
const Start = state('Start', z.object({}))
// error: Stage "it" can return state "Lost", which no stage accepts and which is not an output.
workflow({ input: Start, output: End, stages: { it: lost(Start) } })
