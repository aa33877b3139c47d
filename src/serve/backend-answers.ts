import type { z } from 'zod'
import { InvalidError } from '../queue/errors.ts'
import { bodies } from './backend-bodies.ts'
import type { Asked } from './rights/limited.ts'

/** The routes of a served backend that answer at once. */
export type Route = Exclude<keyof typeof bodies, 'watch'>

type Answers = {
  readonly [Name in Route]: (asked: Asked, body: z.output<(typeof bodies)[Name]>) => Promise<object>
}

const answers: Answers = {
  declare: (asked, { declaration }) => asked.declare(declaration),
  lease: async (asked, { queue, request }) => ({ messages: await asked.lease(queue, request) }),
  extend: (asked, { owner, fences }) => asked.extend(owner, fences),
  deploys: async (asked, { workflow }) => ({ deploys: await asked.deploys(workflow) }),
  get: async (asked, { queue, id }) => ({ row: await asked.get(queue, id) }),
  list: (asked, { queue, page }) => asked.list(queue, page),
  count: async (asked, { queue }) => ({ counts: await asked.count(queue) }),
  tally: (asked, { request }) => asked.tally(request),
  commit: async (asked, { changes }) => ({ receipt: await asked.commit(changes) }),
  records: (asked, { scope, page }) => asked.records(scope, page),
  recall: (asked, { workflow, id, what }) => asked.recall(workflow, id, what),
  family: async (asked, { workflow, id, page }) => ({ family: await asked.family(workflow, id, page) }),
  pulse: async (asked, { after }) => ({ pulse: await asked.pulse(after) }),
  journey: async (asked, { workflow, id, ...part }) => ({ journey: await asked.journey(workflow, id, part) }),
  lines: (asked, { request }) => asked.lines(request),
  pass: async (asked, { fence, toll }) => ({ passage: await asked.pass(fence, toll) }),
  gates: async (asked) => ({ gates: await asked.gates() }),
  // As clients of older versions ask.
  pause: async (asked, { queue: name, paused, by }) => ({
    receipt: await asked.commit([{ kind: 'gate', name, closed: paused, ...by }]),
  }),
}

/** The names of all routes that answer at once. */
export const routes = Object.keys(answers) as readonly Route[]

/** What the route `name` answers to `body`. Rejects with `InvalidError` for a body that it does not take. */
export async function answerTo(asked: Asked, name: Route, body: unknown): Promise<object> {
  const answer = answers[name] as (asked: Asked, body: unknown) => Promise<object>
  return answer(asked, checkedBody(name, body))
}

/** The body of the route `name`. Throws `InvalidError` for one that it does not take. */
export function checkedBody<Name extends keyof typeof bodies>(
  name: Name,
  body: unknown,
): z.output<(typeof bodies)[Name]> {
  return checked(bodies[name], body) as z.output<(typeof bodies)[Name]>
}

/** `body` as `schema` has it. Throws `InvalidError`. */
export function checked<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const { issues } = result.error
  throw new InvalidError('The body is not what this route takes', { issues: issues.slice(0, 10) })
}
