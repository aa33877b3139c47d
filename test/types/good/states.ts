import { Failure, type Infer, oneOf, state } from 'pipewright'
import * as z from 'zod'
import { type Equal, sure } from '../equal.ts'

// Every type that survives JSON and is accepted again may be a field
export const Rich = state(
  'Rich',
  z.object({
    name: z.string().default('none'),
    note: z.string().trim().optional(),
    size: z.coerce.number(),
    kind: z.enum(['a', 'b']),
    parts: z.array(z.object({ page: z.number().nullable() })),
    sizes: z.record(z.string(), z.number()),
    pair: z.tuple([z.string(), z.number()]),
    choice: z.discriminatedUnion('by', [
      z.object({ by: z.literal('hand') }),
      z.object({ by: z.literal('machine'), version: z.number() }),
    ]),
    failure: Failure,
    anything: z.json(),
  }),
)
sure<Equal<Infer<typeof Rich>['note'], string | undefined>>()

// A state without fields
const Empty = state('Empty', z.object({}))
sure<Equal<ReturnType<typeof Empty>['tag'], 'Empty'>>()
Empty({})

// States of states, and the same state twice
const several = oneOf(oneOf(Rich, Empty), Empty)
sure<Equal<Infer<typeof several>['tag'], 'Rich' | 'Empty'>>()
