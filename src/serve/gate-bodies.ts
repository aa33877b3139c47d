import { z } from 'zod'
import { count, fence, ms, name, text } from './body-parts.ts'

const rate = z.object({ units: z.number(), perMs: z.number(), burst: count.optional() })

/** The shape of a gate in a declaration. */
export const gateSpec = z.object({
  name,
  limit: count.optional(),
  rate: rate.optional(),
  breaker: z.object({ failures: count, forMs: ms }).optional(),
  windows: z
    .array(
      z.object({
        days: z.array(count).optional(),
        from: name,
        to: name,
        zone: name.optional(),
      }),
    )
    .optional(),
})

/** The shape of a gate that a queue stands behind. */
export const behind = z.object({
  gate: name,
  per: z.literal('key').optional(),
  until: z.enum(['answer', 'leave']).optional(),
})

/** The shape of a change that turns a gate. */
export const turnGate = z.object({
  kind: z.literal('gate'),
  name,
  key: name.optional(),
  actor: text.optional(),
  reason: text.optional(),
  closed: z.boolean().optional(),
  forMs: ms.optional(),
  limit: count.nullable().optional(),
  rate: rate.nullable().optional(),
  hold: z.object({ ...fence, units: count }).optional(),
})
