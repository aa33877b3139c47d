import * as z from 'zod'

const count = z.int().nonnegative()

/** A process, as `ps` shows it. */
const ProcessShape = z.object({
  name: z.string(),
  /** The stage, or `worker`, `serve` or `suspects`. */
  group: z.string(),
  pid: z.int().optional(),
  state: z.enum(['starting', 'running', 'ending', 'waiting', 'refused']),
  /** Since when it is so, in milliseconds since 1970. */
  since: z.number(),
  /** How often it was started again after an end that was not asked for. */
  restarts: count,
  /** How it ended last, without being asked to. */
  ended: z.string().optional(),
})

/** The processes of one stage. */
const GroupShape = z.object({
  name: z.string(),
  /** How many there are to be. */
  processes: count,
  stopped: z.boolean(),
  /** How many tokens each works on at once, where that is not for the worker to say. */
  concurrency: z.int().optional(),
})

/** An `up`, and what runs in it. */
export const Running = z.object({
  pid: z.int(),
  since: z.number(),
  config: z.string(),
  app: z.string(),
  groups: z.array(GroupShape).readonly(),
  processes: z.array(ProcessShape).readonly(),
})

/** What became of a request to steer: what runs now, and what did not go as it was asked. */
export const Steered = Running.extend({ faults: z.array(z.string()).readonly() })

/** What is asked of the processes of stages; of all of them without a list. */
export const Which = z.strictObject({ groups: z.array(z.string().min(1).max(500)).max(1000).optional() })

/** How many processes a stage is to have. */
export const Scaling = z.strictObject({
  group: z.string().min(1).max(500),
  processes: z.int().min(0).max(64),
})

/** Which lines of the log are wanted. */
export const LogQuery = z.strictObject({
  group: z.string().min(1).max(500).optional(),
  lines: z.coerce.number().int().min(0).max(10_000).default(100),
  follow: z.enum(['true', 'false']).default('false'),
})

/** A process, as others see it. */
export type ProcessFacts = z.output<typeof ProcessShape>
/** The processes of a stage, as others see them. */
export type GroupFacts = z.output<typeof GroupShape>
/** What runs, as others see it. */
export type RunningFacts = z.output<typeof Running>
