import * as z from 'zod'
import { longestDelayMs } from '../queue/delay.ts'
import { NotFoundError } from '../queue/errors.ts'
import { cancel } from '../run/cancel.ts'
import { type Api, problems } from './api.ts'
import type { Served } from './make-reviews.ts'
import { EnteringId, Journey, Person, Reason, TokenId } from './review-shapes.ts'

const tags = ['tokens']
const params = z.object({ id: TokenId })

const Entering = z.strictObject({
  id: EnteringId,
  value: z.unknown().meta({ description: 'An input of the workflow: a state with its tag.' }),
  enter: z
    .enum(['refuse', 'ignore', 'replace'])
    .optional()
    .meta({ description: 'What to do about an id that is known: refuse it unless told.' }),
  priority: z.int().optional().meta({ description: 'Smaller is sooner; 0 unless told.' }),
  delayMs: z
    .number()
    .nonnegative()
    .max(longestDelayMs)
    .optional()
    .meta({ description: 'Milliseconds until it may be worked on, a century at most.' }),
  by: Person.optional(),
  reason: Reason.optional().meta({ description: 'Why, for the history; also why another is replaced.' }),
})

/** The routes to tokens, wherever they are. */
export function tokenRoutes(api: Api, { queues }: Served): void {
  const { backend, workflow } = queues.runtime

  api.get(
    '/tokens/:id',
    {
      schema: {
        tags,
        summary: 'Where a token is and has been',
        params,
        response: { 200: Journey, ...problems },
      },
    },
    async ({ params: { id } }) => {
      const journey = await backend.journey(workflow, id)
      if (!journey) throw new NotFoundError(`Workflow "${workflow}" knows no token "${id}".`, { id })
      const { row, lines, ...rest } = journey
      return { ...rest, message: row && { ...row, state: row.value }, history: [...lines] }
    },
  )

  api.post(
    '/tokens',
    {
      schema: {
        tags,
        summary: 'Let a token enter',
        body: Entering,
        response: { 201: z.object({ id: z.string() }), ...problems },
      },
    },
    async ({ body: { id, value, ...options } }, reply) => {
      await queues.input.push(id, value, defined(options))
      return reply
        .code(201)
        .header('location', `/tokens/${encodeURIComponent(id)}`)
        .send({ id })
    },
  )

  api.post(
    '/tokens/:id/cancel',
    {
      schema: {
        tags,
        summary: 'Take a token out for good',
        params,
        body: z.strictObject({ by: Person, reason: Reason }),
        response: { 200: z.object({ id: z.string(), queue: z.string() }), ...problems },
      },
    },
    async ({ params: { id }, body }) => ({ id, ...(await cancel(backend, { workflow, id, ...body })) }),
  )
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function defined<T extends object>(options: T): Defined<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>
}
