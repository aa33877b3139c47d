import * as z from 'zod'
import { parkedWhys } from '../queue/gate.ts'
import { isPerson } from '../queue/person.ts'
import { statuses } from '../queue/status.ts'
import { stepKinds } from '../queue/step.ts'
import { idFault, idPattern } from '../queue/token-id.ts'
import { utc } from '../queue/utc.ts'

/** The name of a person. */
export const Person = z
  .string()
  .refine(isPerson, 'name a person, in 1 to 100 characters')
  .meta({ minLength: 1, maxLength: 100, description: 'Who does it; for the history.', examples: ['ann'] })

/** Why something is done. */
export const Reason = z.string().min(1).max(1000).meta({ description: 'Why, for the history.' })

/** The id of a token that may be there. */
export const TokenId = z
  .string()
  .regex(idPattern, 'an id is 1 to 255 characters long and has no control characters')
  .meta({ examples: ['a'] })

/** The id of a token that is to enter. */
export const EnteringId = z
  .string()
  .check(({ value, issues }) => {
    const message = idFault(value)
    if (message !== undefined) issues.push({ code: 'custom', input: value, message })
  })
  .meta({
    minLength: 1,
    maxLength: 255,
    description: 'Without control characters; no part between slashes is "." or "..".',
    examples: ['a'],
  })

const Whole = z.int().nonnegative()
const Ms = z.number().nonnegative()
/** A time: in here milliseconds since 1970, in answers a text, as in the views of the database. */
export const Time = z
  .codec(z.string(), z.number(), { decode: Date.parse, encode: utc })
  .meta({ type: 'string', format: 'date-time', description: 'ISO 8601, in UTC.' })

// Without stacks, which name files of the machine.
const Cause = z.object({
  name: z.string().meta({ description: 'The class of the error.' }),
  message: z.string(),
  code: z.string().optional(),
})
/** Why something went wrong. */
export const Fault = Cause.extend({
  kind: z.enum(['error', 'timeout', 'crash']),
  causes: z.array(Cause).readonly().optional().meta({ description: 'What is behind it, nearest first.' }),
})

export const Status = z.enum(statuses)

/** Which stay of a token is meant. */
export const Hop = Whole.meta({ description: 'Of the task that was looked at.', examples: [1] })
/** Which lease is meant. */
export const Lease = Whole.meta({ description: 'Of the claim.', examples: [1] })

/** The right of the person who has claimed a task. */
export const Claim = z.object({
  id: z.string(),
  hop: Hop,
  lease: Lease.meta({ description: 'Proves the claim; send it along with the decision.' }),
  leftMs: Ms.meta({ description: 'Milliseconds until it ends by itself.' }),
})

const MarkValue = z.union([z.string(), z.number()])
/** The marks of a message. */
const Marks = z.record(z.string(), MarkValue.nullable())
/** How many messages have a value. */
export const Tally = z.object({ value: MarkValue.nullable(), count: Whole })
/** Which revision of a task is meant. */
export const Rev = Whole.meta({ description: 'Of the task that was looked at.', examples: [0] })

/** A message on a desk. */
export const Task = z.object({
  id: z.string(),
  hop: Whole.meta({ description: 'Numbers this stay of the token; send it along with a decision.' }),
  state: z.unknown().meta({ description: 'What is stored: the whole state, if the review is wrapped.' }),
  status: Status,
  enteredAt: Time,
  priority: z.int(),
  attempts: Whole,
  marks: Marks.meta({ description: 'What it is found by, and what people have set.' }),
  rev: Whole.meta({ description: 'How often people have changed its marks; send it along with a change.' }),
  error: Fault.optional(),
  claimedBy: z.string().optional(),
  claimLeftMs: Ms.optional(),
})

/** One line of the history of a token. */
export const Line = z.object({
  at: Time,
  hop: Whole,
  queue: z.string(),
  event: z.string(),
  attempt: Whole.optional(),
  actor: z.string().optional(),
  reason: z.string().optional(),
  fields: z.unknown().optional().meta({ description: 'What a person decided with.' }),
  error: Fault.optional(),
  workMs: Ms.optional(),
  to: z.string().optional().meta({ description: 'The queue that it went to.' }),
  owner: z.string().optional().meta({ description: 'Which process had leased it, or which person.' }),
  deploy: Whole.optional().meta({ description: 'The number of the version of the workflow.' }),
  value: z.unknown().optional().meta({ description: 'The value of the stay, if it was asked for and kept.' }),
  frames: z.array(z.unknown()).readonly().optional(),
  valueBytes: Whole.optional().meta({ description: 'How long that value is, also where it is left out.' }),
})

/** A message on a desk, with its value and its history. */
export const OpenedTask = Task.extend({
  desk: z.string(),
  queue: z.string(),
  value: z.unknown().optional().meta({ description: 'What the review is about.' }),
  problem: z.string().optional().meta({ description: 'Why the state could not be opened.' }),
  arrival: Line.optional().meta({
    description: 'How it came here: the line of the history that brought it.',
  }),
  history: z.array(Line),
})

const Outcome = z.object({ value: z.unknown().optional(), failure: Fault.optional() })

const Step = Outcome.extend({
  path: z.string(),
  kind: z.enum(stepKinds),
  name: z.string(),
  deploy: Whole,
  at: Time.optional(),
})

const Letter = Outcome.extend({
  seq: Whole,
  name: z.string(),
  key: z.string(),
  hop: Whole.optional(),
  from: z.string().optional(),
  at: Time,
})

const Waiting = z
  .object({
    for: z.array(z.object({ name: z.string(), count: Whole, missing: Whole })).readonly(),
    failFast: z.literal(true).optional(),
  })
  .meta({ description: 'What it waits for: any of these letters, so many of them.' })

const Family = z.object({
  ...{ ready: Whole, leased: Whole, delayed: Whole, waiting: Whole, dead: Whole, left: Whole },
  deadOnes: z.array(z.object({ id: z.string(), queue: z.string(), error: Fault.optional() })).meta({
    description: 'The first 100 that are dead.',
  }),
})

/** Why nothing passes a gate. */
export const Why = z.enum(parkedWhys)

/** Where ready messages wait. */
export const Parked = z.object({
  gate: z.string(),
  key: z.string().optional(),
  why: Why,
  actor: z.string().optional(),
  reason: z.string().optional(),
  until: Time.optional(),
})

/** Where a token is and has been. */
export const Journey = z.object({
  id: z.string(),
  workflow: z.string(),
  parent: z.string().optional(),
  enteredAt: Time,
  finishedAt: Time.optional(),
  outcome: z.enum(['done', 'cancelled', 'discarded']).optional().meta({ description: 'How it ended.' }),
  queue: z.string().optional(),
  message: Task.omit({ id: true, marks: true, claimedBy: true, claimLeftMs: true })
    .extend({
      marks: Marks.optional(),
      owner: z.string().optional(),
      leaseLeftMs: Ms.optional(),
      dueAt: Time.optional(),
      parked: Parked.optional().meta({ description: 'The gate at which it waits.' }),
      progress: z.object({ fraction: z.number(), note: z.string().optional() }).optional(),
      waits: Waiting.optional(),
    })
    .optional(),
  children: Family.optional(),
  steps: z.array(Step).meta({ description: 'What is recorded of this stay; the first 100.' }),
  letters: z.array(Letter).meta({ description: 'What is in its box; with the steps the first 100.' }),
  history: z.array(Line),
})
