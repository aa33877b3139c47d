import { z } from 'zod'
import type { Change, Fault } from '../queue/change.ts'
import { takeEvents } from '../queue/leaving.ts'
import { stepKinds } from '../queue/step.ts'
import type { Token } from '../queue/token.ts'
import { count, fence, id, json, ms, name, scope, text, value, whole } from './body-parts.ts'
import { turnGate } from './gate-bodies.ts'

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
    kind: z.enum(stepKinds),
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

const marks = z.record(name, z.union([text, z.number(), z.null()]))

/** One change of a commit. */
export const change: z.ZodType<Change> = z.discriminatedUnion('kind', [
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
    key: name.optional(),
    tolls: z.record(name, count).optional(),
    frees: z.array(name).optional(),
    event: z.enum(['rerun', 'undone']).optional(),
    lastHop: count.optional(),
    marks: marks.optional(),
    text: text.optional(),
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
    ...why,
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
    text: text.nullable().optional(),
    actor: text,
    reason: text.optional(),
    skip: z.literal(true).optional(),
  }),
  turnGate,
])
