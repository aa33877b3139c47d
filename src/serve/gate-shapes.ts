import * as z from 'zod'
import { Time, Why } from './review-shapes.ts'

const count = z.int().nonnegative()

/** How fast something may pass, as answers have it. */
const Rate = z.object({ units: z.number(), perMs: z.number(), burst: count.optional() })

const override = <Shape extends z.ZodType>(shape: Shape) =>
  z.object({
    declared: shape.optional(),
    actor: z.string().optional(),
    reason: z.string().optional(),
    at: Time,
  })

const Overridden = z
  .object({ limit: override(count).optional(), rate: override(Rate).optional() })
  .meta({ description: 'What was set by hand in place of what is declared.' })

const settings = { limit: count.optional(), rate: Rate.optional() }

/** A gate, and how it is. */
export const Gate = z.object({
  name: z.string(),
  key: z.string().optional(),
  closed: z.boolean().meta({ description: 'Whether a person, or an error, has closed it.' }),
  actor: z.string().optional(),
  reason: z.string().optional(),
  until: Time.optional().meta({ description: 'Until when it is closed.' }),
  held: count.meta({ description: 'The units that are held there.' }),
  room: count.optional().meta({ description: 'How many units may pass now, where that is limited.' }),
  failures: count.meta({ description: 'In a row.' }),
  ...settings,
  overridden: Overridden.optional(),
  why: Why.optional().meta({ description: 'Why nothing passes; absent where something does.' }),
  againAt: Time.optional().meta({ description: 'When that changes by itself.' }),
  queues: z.array(z.string()).readonly().meta({ description: 'Those that stand behind it.' }),
})

/** A gate at which something was set by hand. */
export const OverriddenGate = z.object({ gate: z.string(), ...settings, overridden: Overridden })
