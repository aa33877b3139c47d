import * as z from 'zod'

/**
 * Why the work on a message was given up, as plain data: put it into the state that a failed token goes to.
 * `attempts` counts the charged attempts, the last one among them; `causes` are what was behind the error, nearest
 * first; `details` are what the error's own `details` say.
 */
export const Failure = z.object({
  kind: z.enum(['error', 'timeout', 'crash']),
  name: z.string(),
  message: z.string(),
  code: z.string().optional(),
  causes: z
    .array(z.object({ name: z.string(), message: z.string(), code: z.string().optional() }))
    .optional(),
  attempts: z.number().int(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
})
export type Failure = z.infer<typeof Failure>
