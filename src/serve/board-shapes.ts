import * as z from 'zod'
import { roles } from '../queue/declaration.ts'
import { OverriddenGate } from './gate-shapes.ts'
import { Parked, Time } from './review-shapes.ts'

const Count = z.int().nonnegative()
const Rate = z.number().nonnegative()
const Ms = z.number().nonnegative()
const Percentiles = z.object({ p50: Ms, p99: Ms })

const figures = {
  enteredPerMinute: Rate,
  leftPerMinute: Rate.meta({ description: 'Those that were given up among them.' }),
  failedPerMinute: Rate.meta({ description: 'Attempts that failed.' }),
  age: Percentiles.optional().meta({
    description: 'How long messages had waited when they were first leased.',
  }),
  work: Percentiles.optional().meta({ description: 'How long the work took.' }),
}

/** A workflow live. */
export const Board = z.object({
  at: Time,
  spanMs: Ms.meta({ description: 'How far the rates reach back.' }),
  queues: z.array(
    z.object({
      queue: z.string(),
      workflow: z.string(),
      role: z.enum([...roles, 'inbox']),
      ...{ ready: Count, leased: Count, delayed: Count, waiting: Count, dead: Count },
      oldestAt: Time.optional(),
      paused: z.boolean(),
      parked: Parked.optional().meta({ description: 'The gate at which the ready messages wait.' }),
      overridden: z
        .array(OverriddenGate)
        .optional()
        .meta({ description: 'The gates before it at which something was set by hand.' }),
      entered: Count.meta({ description: 'How many have ever come.' }),
      left: Count.meta({ description: 'How many of them have left.' }),
      ...figures,
      works: z.boolean().meta({ description: 'Whether a process works on it.' }),
      slots: Count.optional().meta({ description: 'How many its processes work on at once at most.' }),
      drainMs: Ms.optional().meta({ description: 'Until nothing waits, as it goes now.' }),
      grows: z.boolean().meta({ description: 'Whether more comes than leaves.' }),
    }),
  ),
  edges: z.array(z.object({ from: z.string(), to: z.string(), perMinute: Rate })),
  bottleneck: z.string().optional().meta({ description: 'The stage with the most work waiting.' }),
})

/** How a queue did, step by step. */
export const Series = z.object({
  queue: z.string(),
  stepMs: Ms,
  points: z.array(z.object({ at: Time, ...figures })),
})

/** The processes that work on the workflow. */
export const Processes = z.object({
  processes: z.array(
    z.object({
      owner: z.string().meta({ description: 'Of its leases, as the history has it.' }),
      host: z.string(),
      pid: Count,
      name: z.string().optional(),
      deploy: Count.meta({ description: 'The number of its version of the workflow.' }),
      startedAt: Time,
      endsAt: Time.meta({ description: 'When it is forgotten unless it is heard of again.' }),
      stages: z
        .record(z.string(), Count.nullable())
        .meta({ description: 'How many messages of each queue it works on at once at most.' }),
    }),
  ),
})
