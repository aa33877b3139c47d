import { z } from 'zod'
import type { LeaseRequest } from '../queue/backend.ts'
import type { Change, Fault } from '../queue/change.ts'
import type { Declaration } from '../queue/declaration.ts'
import { takeEvents } from '../queue/leaving.ts'
import type { LinesRequest } from '../queue/lines.ts'
import type { Page } from '../queue/rows.ts'
import type { Token } from '../queue/token.ts'
import type { Json } from '../schema/json.ts'
import { filter, tally } from './filter-bodies.ts'

const id = z.string().max(1_000)
const name = z.string().max(1_000)
const text = z.string().max(100_000)
const whole = z.int()
const count = z.int().nonnegative()
const ms = z.number().nonnegative()
// Any value that JSON.parse made: never read, never copied, so a key called __proto__ stays as it is.
const json = z.custom<Json>()
// JSON drops the key of an undefined value.
const value = json.optional() as z.ZodType<Json>

const cause = { name: text, message: text, code: text.optional(), stack: text.optional() }
const fault: z.ZodType<Fault> = z.object({
  kind: z.enum(['error', 'timeout', 'crash']),
  ...cause,
  causes: z.array(z.object(cause)).max(100).optional(),
})
const token: z.ZodType<Token> = z.object({
  id,
  hop: count,
  frames: z.array(json),
  priority: whole,
  parent: id.optional(),
  deploy: count,
})
const fence = { queue: name, id, hop: count, lease: count }
const maxFieldsLength = 100_000
const fields = json
  .refine((fields) => JSON.stringify(fields ?? null).length <= maxFieldsLength, 'too long')
  .optional()
const why = { reason: text.optional(), fields }
const note = {
  attempt: count.optional(),
  actor: text.optional(),
  error: fault.optional(),
  workMs: ms.optional(),
  owner: text.optional(),
  deploy: count.optional(),
}

const steps = z.array(
  z.object({
    path: name,
    kind: z.enum(['step', 'signal', 'child', 'race', 'sleep', 'patch']),
    name,
    hash: whole.optional(),
    deploy: count,
    value: json.optional(),
    failure: fault.optional(),
    at: count.optional(),
  }),
)
const wait = z.object({
  for: z.array(z.object({ name, count: count.optional() })),
  failFast: z.literal(true).optional(),
})
const reply = z.object({
  workflow: name,
  id,
  hop: count,
  name,
  key: name,
  settle: z.literal(true).optional(),
})

const scope = { workflow: name, id: id.optional(), hop: count.optional() }

const marks = z.record(name, z.union([text, z.number(), z.null()]))

const change: z.ZodType<Change> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('push'),
    queue: name,
    token,
    value,
    enter: z.enum(['refuse', 'ignore', 'replace']).optional(),
    delayMs: ms.optional(),
    actor: text.optional(),
    reason: text.optional(),
    wait: wait.optional(),
    reply: reply.optional(),
    parentHop: count.optional(),
    dead: fault.optional(),
    traceparent: z.string().max(100).optional(),
    event: z.enum(['rerun', 'undone']).optional(),
    lastHop: count.optional(),
    marks: marks.optional(),
  }),
  z.object({
    kind: z.literal('pop'),
    event: z.enum(['moved', 'failed', 'decided', 'discarded', 'popped']),
    ...why,
    ...fence,
    ...note,
  }),
  z.object({
    kind: z.literal('postpone'),
    delayMs: ms.optional(),
    wait: wait.optional(),
    charge: z.boolean(),
    suspect: z.literal(true).optional(),
    ...fence,
    ...note,
  }),
  z.object({ kind: z.literal('bury'), ...fence, ...note }),
  z.object({
    kind: z.literal('remember'),
    value: json.optional(),
    progress: z.object({ fraction: z.number().min(0).max(1), note: text.optional() }).optional(),
    steps: steps.optional(),
    reads: z.array(count).optional(),
    forgive: z.literal(true).optional(),
    ...fence,
  }),
  z.object({ kind: z.literal('accompany'), ...fence }),
  z.object({
    kind: z.literal('take'),
    queue: name,
    id,
    hop: count.optional(),
    unheld: z.boolean().optional(),
    skip: z.literal(true).optional(),
    event: z.enum(takeEvents),
    descend: z.literal(true).optional(),
    ...why,
    ...note,
  }),
  z.object({
    kind: z.literal('revive'),
    queue: name,
    id,
    skip: z.literal(true).optional(),
    forget: z.literal('steps').optional(),
    ...note,
  }),
  z.object({
    kind: z.literal('put'),
    ...scope,
    key: name,
    value: json.optional(),
    ifRev: count.optional(),
    forMs: ms.optional(),
    repeat: z.literal(true).optional(),
  }),
  z.object({ kind: z.literal('drop'), ...scope, key: name, ifRev: count.optional() }),
  z.object({
    kind: z.literal('mail'),
    workflow: name,
    id,
    name,
    key: name.optional(),
    hop: count.optional(),
    value: json.optional(),
    failure: fault.optional(),
    from: name.optional(),
  }),
  z.object({
    kind: z.literal('line'),
    event: z.enum(['commented', 'noted']),
    queue: name.optional(),
    id: id.optional(),
    actor: text,
    reason: text,
    by: text.optional(),
  }),
  z.object({
    kind: z.literal('mark'),
    queue: name,
    id,
    hop: count.optional(),
    rev: count.optional(),
    set: marks,
    actor: text,
    reason: text.optional(),
    skip: z.literal(true).optional(),
  }),
])

const declaration: z.ZodType<Declaration> = z.object({
  workflow: name,
  queues: z.array(
    z.object({
      name,
      role: z.enum(['stage', 'review', 'output', 'reply', 'standing']),
      tags: z.array(name).optional(),
      was: z.array(name).optional(),
      values: z.enum(['none', 'turns', 'all']).optional(),
    }),
  ),
  fingerprint: text,
  rollback: z.boolean().optional(),
})

const leaseRequest: z.ZodType<LeaseRequest> = z.object({
  owner: name,
  leaseMs: ms,
  timeoutMs: ms,
  limit: count.optional(),
  ids: z.array(id).optional(),
  suspects: z.enum(['include', 'exclude', 'only']).optional(),
  alone: z.boolean().optional(),
  only: filter.optional(),
})

const page: z.ZodType<Page> = z.object({
  after: name.optional(),
  limit: z.int().min(1).max(1_000).optional(),
  order: z.enum(['oldest', 'newest']).optional(),
  only: filter.optional(),
  by: name.optional(),
  values: z.literal(false).optional(),
})

const linesRequest: z.ZodType<LinesRequest> = z.object({
  actor: text.optional(),
  people: z.literal(true).optional(),
  // Of an event that this version does not know there are no lines.
  event: name.optional() as z.ZodType<LinesRequest['event']>,
  queue: name.optional(),
  from: z.number().optional(),
  to: z.number().optional(),
  after: name.optional(),
  limit: z.int().min(1).max(1_000).optional(),
  order: z.enum(['oldest', 'newest']).optional(),
})

/** The shape of each route's body. Only the body limit bounds the number of items: the contract has no other bounds. */
export const bodies = {
  declare: z.object({ declaration }),
  lease: z.object({ queue: name, request: leaseRequest }),
  extend: z.object({ owner: name, fences: z.array(z.object(fence)) }),
  deploys: z.object({ workflow: name }),
  get: z.object({ queue: name, id }),
  list: z.object({ queue: z.union([name, z.object({ workflow: name })]), page: page.optional() }),
  count: z.object({ queue: name.optional() }),
  tally: z.object({ request: tally }),
  commit: z.object({ changes: z.array(change) }),
  records: z.object({
    scope: z.object(scope),
    page: z
      .object({
        prefix: name.optional(),
        after: name.optional(),
        limit: z.int().min(1).max(1_000).optional(),
      })
      .optional(),
  }),
  recall: z.object({
    workflow: name,
    id,
    what: z
      .object({
        hop: count.optional(),
        names: z.array(name).optional(),
        only: z.enum(['steps', 'letters']).optional(),
        after: name.optional(),
        limit: z.int().min(1).max(1_000).optional(),
      })
      .optional(),
  }),
  family: z.object({
    workflow: name,
    id,
    page: z.object({ after: name.optional(), limit: z.int().min(1).max(1_000).optional() }).optional(),
  }),
  pulse: z.object({ after: name.optional() }),
  journey: z.object({
    workflow: name,
    id,
    limit: z.int().positive().optional(),
    hop: z.int().positive().optional(),
    values: z.boolean().optional(),
  }),
  lines: z.object({ request: linesRequest.optional() }),
  pause: z.object({
    queue: name,
    paused: z.boolean(),
    by: z.object({ actor: text.optional(), reason: text.optional() }).optional(),
  }),
  watch: z.object({ feed: name.optional(), after: count.optional() }),
} as const
