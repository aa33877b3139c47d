import * as z from 'zod'
import { Person, Reason, Time } from './review-shapes.ts'
import { Settings } from './travel-shapes.ts'

const Count = z.int().nonnegative()
const who = { by: Person, reason: Reason }
const Rate = z
  .int()
  .min(1)
  .max(1000)
  .optional()
  .meta({ description: 'So many messages a second at most; as many as possible unless told.' })
const asked = {
  where: z
    .string()
    .max(4000)
    .meta({
      description:
        'Which messages, in the language of filters: `status:dead class:decrypt age>1d`; all where it is empty.',
      examples: ['status:dead'],
    }),
  queue: z.string().max(1000).optional().meta({ description: 'One queue; by default all stages and desks.' }),
  force: z
    .boolean()
    .optional()
    .meta({ description: 'Also those that are leased or claimed, which are left out unless told.' }),
  rate: Rate,
  ...who,
}

/** What is to be done to many tokens. */
export const BulkRequest = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('retry'), ...asked }),
  z.strictObject({ action: z.literal('cancel'), ...asked }),
  z.strictObject({
    action: z.literal('move'),
    to: z.string().max(1000).meta({ description: 'The stage, or the end of its name.' }),
    ...asked,
  }),
  z.strictObject({ action: z.literal('edit'), set: Settings, ...asked }),
])

/** Who turns a bulk action, and why. */
export const Turning = z.strictObject(who)
/** Who takes a bulk action back, and why. */
export const Undoing = z.strictObject({ ...who, rate: Rate })

const Refusal = z.object({ id: z.string(), queue: z.string(), why: z.string() })
const counts = {
  done: Count,
  refused: Count.meta({ description: 'What did not fit, or had no way to go.' }),
  held: Count.meta({ description: 'Left out, since another held it.' }),
}
const refusals = z.array(Refusal).readonly().meta({ description: 'The first five that were refused.' })

/** What a bulk action would do. */
export const BulkPlan = z.object({
  total: Count.meta({ description: 'How many messages match.' }),
  exact: z.boolean().meta({
    description: 'False where there are more than 10,000: the counts are reckoned from so many then.',
  }),
  ...counts,
  leads: z.array(z.object({ queue: z.string(), count: Count })).readonly(),
  refusals,
  samples: z
    .array(
      z.object({
        id: z.string(),
        queue: z.string(),
        to: z.string().optional(),
        value: z.unknown().optional().meta({ description: 'As what it would go on.' }),
      }),
    )
    .readonly()
    .meta({ description: 'The first five to which it would be done.' }),
})

/** A bulk action and how far it is. */
export const BulkRun = z.object({
  id: z.string(),
  state: z.enum(['waiting', 'running', 'stopped', 'done']),
  action: z.enum(['retry', 'cancel', 'move', 'edit', 'undo']),
  to: z.string().optional(),
  set: Settings.optional(),
  of: z.string().optional().meta({ description: 'The bulk action that it takes back.' }),
  where: z.string(),
  by: z.string(),
  reason: z.string(),
  rate: z.int().optional(),
  startedAt: Time,
  total: Count.optional().meta({ description: 'How many matched when it began, once that is known.' }),
  exact: z.boolean().optional(),
  ...counts,
  passedOver: Count.meta({ description: 'Had moved on, or was leased, before its turn.' }),
  refusals,
  error: z.string().optional().meta({ description: 'Why its last attempt failed; it is tried again.' }),
})
