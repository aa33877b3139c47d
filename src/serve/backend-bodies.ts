import { z } from 'zod'
import type { LeaseRequest } from '../queue/backend.ts'
import { type Declaration, remembered, roles } from '../queue/declaration.ts'
import type { LinesRequest } from '../queue/lines.ts'
import type { Page } from '../queue/rows.ts'
import { count, fence, id, limit, ms, name, scope, text } from './body-parts.ts'
import { change } from './change-bodies.ts'
import { filter, tally } from './filter-bodies.ts'
import { behind, gateSpec } from './gate-bodies.ts'

const declaration: z.ZodType<Declaration> = z.object({
  workflow: name,
  queues: z.array(
    z.object({
      name,
      role: z.enum(roles),
      tags: z.array(name).optional(),
      was: z.array(name).optional(),
      behind: z.array(behind).optional(),
      values: z.enum(remembered).optional(),
    }),
  ),
  fingerprint: text,
  rollback: z.boolean().optional(),
  gates: z.array(gateSpec).optional(),
})

const leaseRequest: z.ZodType<LeaseRequest> = z.object({
  owner: name,
  leaseMs: ms,
  timeoutMs: ms,
  limit: count.optional(),
  ids: z.array(id).optional(),
  suspects: z.enum(['include', 'exclude', 'only']).optional(),
  alone: z.boolean().optional(),
  key: name.optional(),
  only: filter.optional(),
})

const page: z.ZodType<Page> = z.object({
  after: name.optional(),
  limit: limit.optional(),
  order: z.enum(['oldest', 'newest']).optional(),
  only: filter.optional(),
  by: name.optional(),
  values: z.literal(false).optional(),
})

const linesRequest: z.ZodType<LinesRequest> = z.object({
  actor: text.optional(),
  people: z.literal(true).optional(),
  // Of an event that this version does not know there are no lines.
  event: z.union([name, z.array(name)]).optional() as z.ZodType<LinesRequest['event']>,
  queue: name.optional(),
  from: z.number().optional(),
  to: z.number().optional(),
  after: name.optional(),
  limit: limit.optional(),
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
        limit: limit.optional(),
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
        limit: limit.optional(),
      })
      .optional(),
  }),
  family: z.object({
    workflow: name,
    id,
    page: z.object({ after: name.optional(), limit: limit.optional() }).optional(),
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
  pass: z.object({
    fence: z.object(fence),
    toll: z.object({ gate: name, units: count.optional(), once: name.optional() }),
  }),
  gates: z.object({}),
  pause: z.object({
    queue: name,
    paused: z.boolean(),
    by: z.object({ actor: text.optional(), reason: text.optional() }).optional(),
  }),
  watch: z.object({ feed: name.optional(), after: count.optional() }),
} as const
