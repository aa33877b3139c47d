import { z } from 'zod'
import type { Filter } from '../queue/filter.ts'
import { statuses } from '../queue/status.ts'
import type { TallyRequest } from '../queue/tally.ts'

const text = z.string().max(10_000)
const range = { from: z.number().optional(), to: z.number().optional() }
const values = z.array(z.union([text, z.number(), z.null()])).optional()

/** Which messages; what the numbers and texts may be, the backend checks. */
export const filter: z.ZodType<Filter> = z.object({
  status: z.enum(statuses).optional(),
  tag: text.optional(),
  suspect: z.literal(true).optional(),
  ids: z.array(text).optional(),
  idPrefix: text.optional(),
  idPart: text.optional(),
  owner: text.nullable().optional(),
  parent: text.optional(),
  deploy: z.object(range).optional(),
  entered: z.object(range).optional(),
  arrived: z.object(range).optional(),
  attempts: z.object(range).optional(),
  marks: z.record(text, z.object({ any: values, none: values, ...range })).optional(),
  text: text.optional(),
  where: z.array(z.object({ path: text, is: z.union([text, z.number(), z.boolean(), z.null()]) })).optional(),
})

const by = z.custom<NonNullable<TallyRequest['by']>>(
  (given) => typeof given === 'string' && given.length < 1000,
)

/** What is counted, and by what. */
export const tally: z.ZodType<TallyRequest> = z.object({
  queue: text.optional(),
  workflow: text.optional(),
  only: filter.optional(),
  by: by.optional(),
  limit: z.int().min(1).max(1000).optional(),
})
