import * as z from 'zod'
import { Hop, Line, Person, Reason, Time } from './review-shapes.ts'

/** Parts of a value that are changed. */
export const Settings = z.record(z.string().max(1000), z.unknown()).meta({
  description:
    'Parts of the value that are to be others, by their paths: `note`, `pages.3.ok`, or a JSON Pointer, `/pages/3/ok`.',
  examples: [{ note: 'new' }],
})
const Value = z.unknown().meta({ description: 'The whole new value; for a state with its tag.' })
const Stay = z
  .int()
  .positive()
  .meta({ description: 'The number of a stay.', examples: [1] })
const byHand = {
  by: Person,
  reason: Reason,
  dryRun: z.boolean().optional().meta({ description: 'Only works out and checks what would be.' }),
}
const Force = z
  .boolean()
  .optional()
  .meta({ description: 'Also while it is leased; what its worker answers is refused then.' })

/** The bodies of what is done to a token by hand. */
export const travelBodies = {
  edit: z.strictObject({ value: Value, hop: Hop, force: Force, ...byHand }),
  move: z.strictObject({
    to: z
      .string()
      .max(1000)
      .meta({ description: 'The stage, or the end of its name.', examples: ['a/b'] }),
    value: Value.optional(),
    hop: Hop,
    force: Force,
    ...byHand,
  }),
  rerun: z.strictObject({ from: Stay, set: Settings.optional(), force: Force, ...byHand }),
  fork: z.strictObject({
    id: z.string().meta({ description: 'Of the new token.', examples: ['b'] }),
    from: Stay.optional(),
    set: Settings.optional(),
    ...byHand,
  }),
  uncancel: z.strictObject(byHand),
  comment: z.strictObject({
    text: z.string().min(1).max(4000).meta({ description: 'What is said.' }),
    by: Person,
  }),
} as const

/** Where a token is after something was done by hand, or would be. */
export const Travelled = z.object({
  id: z.string(),
  queue: z.string(),
  hop: Hop,
  value: z.unknown(),
  from: z.object({ queue: z.string(), hop: Hop }).meta({ description: 'The stay that the value is of.' }),
})

/** What a token was in one of its stays. */
export const KeptStay = z.object({
  id: z.string(),
  queue: z.string(),
  hop: Hop,
  value: z.unknown(),
  frames: z.array(z.unknown()).readonly().meta({
    description: 'What the wrapped composites around it had set aside.',
  }),
})

/** One line of the history of all tokens. */
export const AuditLine = Line.omit({ value: true, frames: true, valueBytes: true }).extend({
  line: z.int().positive().meta({ description: 'Numbers the lines as they were written.' }),
  workflow: z.string().optional(),
  id: z.string().optional().meta({ description: 'The token, if it is about one.' }),
  hop: Hop.optional(),
  queue: z.string().optional(),
})

/** Which lines of the history. */
export const LinesQuery = z.object({
  actor: z.string().max(1000).optional().meta({ description: 'Only what this person has done.' }),
  people: z
    .literal('true')
    .optional()
    .meta({ description: 'Only what people have done, and nothing that workers did.' }),
  event: z
    .string()
    .max(100)
    .optional()
    .meta({ examples: ['edited'] }),
  queue: z.string().max(1000).optional(),
  from: Time.optional().meta({ description: 'Not earlier than this.' }),
  to: Time.optional().meta({ description: 'Earlier than this.' }),
  after: z.string().max(100).optional().meta({ description: 'The `next` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(1000).optional(),
  order: z.enum(['oldest', 'newest']).optional().meta({ description: 'By default the newest first.' }),
})

/** Which lines of the history of one token. */
export const TokenLinesQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).optional().meta({ description: 'The newest so many.' }),
  hop: z.coerce.number().int().positive().optional().meta({ description: 'Only those of this stay.' }),
  values: z
    .literal('true')
    .optional()
    .meta({ description: 'With the values of the newest stays, where they were kept, 5 MB at most.' }),
})
