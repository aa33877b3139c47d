import { makeQueues, review, state, type WriteQueue, worker } from 'pipewright'
import { memory } from 'pipewright/memory'
import * as z from 'zod'
import { correction, Output } from '../correction.ts'

// queues without a name
// error: Expected 3-4 arguments, but got 2.
await makeQueues(correction, memory())

const queues = await makeQueues(correction, memory(), 'correction')

// artifacts without their context
// error: "The functions of the stages ask for "hand": give it, artifacts({ ... })." | "The functions of the stages ask for "printer": give it, artifacts({ ... })."
queues.artifacts()

// artifacts with the context of one stage, where two need one
// error: Property 'printer' is missing
queues.artifacts({ hand: 'mine' })

// the wrong state into the input
// error: Type '"Output"' is not assignable to type '"Input"'
await queues.input.push('1', Output({ img: 'x', corrected: 'y' }))

// a field of the wrong type in the input
// error: Type 'number' is not assignable to type 'string'
await queues.input.push('1', { tag: 'Input', img: 1 })

// a child in the wrong state
declare const inputs: WriteQueue<{ readonly tag: 'Input'; readonly img: string }>
worker({
  input: z.string(),
  output: z.string(),
  process: async (img, { also }) => {
    // error: Type '"Output"' is not assignable to type '"Input"'
    await also(inputs, `${img}-child`, Output({ img, corrected: img }))
    return img
  },
})

const { validation } = queues.artifacts({ hand: 'mine', printer: { print() {} } })

// a decision that the desk does not know
// error: Type '"accpet"' is not assignable to type '"accept" | "refuse"'.
await validation.decide('1', { decision: 'accpet' }, { hop: 1, by: 'ann' })

// a decision without its fields
// error: Property 'note' is missing
await validation.decide('1', { decision: 'refuse' }, { hop: 1, by: 'ann' })

// a decision whose fields are no object, or no schema at all
class Stamp {
  ink = 'red'
}
// error: Decision "yes" needs a schema of an object, such as z.object({ ... }).
review({ input: z.string(), decisions: { no: z.object({}), yes: z.string() } })
// error: Decision "yes" needs a schema of an object, such as z.object({ ... }).
review({ input: z.string(), decisions: { yes: Stamp } })

// a state that is none either
// error: A state needs a schema of an object, such as z.object({ ... }).
state('Stamped', z.string())
// error: A state needs a schema of an object, such as z.object({ ... }).
state('Stamped', Stamp)

// a review without decisions
// error: Property 'decisions' is missing
review({ input: z.string() })

// a review with nothing to decide
// error: is not assignable to type '"A review needs at least one decision."'
review({ input: z.string(), decisions: {} })
