import * as z from 'zod'
import { checkReason } from '../queue/check-reason.ts'
import { longestDelayMs } from '../queue/delay.ts'
import { checkPerson } from '../queue/person.ts'
import { isUnknown } from '../queue/refusals.ts'
import { showingError } from '../queue/shown-fault.ts'
import { cancel } from '../run/desk/cancel.ts'
import type { Schema } from '../schema/schema.ts'
import { type Api, answer, problems, problemsOfBody } from './api.ts'
import { belongings } from './belongings.ts'
import { defined } from './defined.ts'
import { exampleOf } from './example-of.ts'
import { embeddedSchemaOf } from './json-schema.ts'
import { EnteringId, Journey, Person, Reason, TokenId } from './review-shapes.ts'
import type { Served } from './served.ts'

const tags = ['tokens']
const params = z.object({ id: TokenId })

/** The body that lets a token enter into `input`. */
function entering(input: Schema) {
  const described = embeddedSchemaOf(input)
  return z
    .strictObject({
      id: EnteringId,
      value: z
        .unknown()
        .meta({ ...described, description: 'An input of the workflow: a state with its tag.' }),
      enter: z.enum(['refuse', 'ignore', 'replace']).optional().meta({
        description:
          'What to do with an id that is known: by default refuse it. `replace` takes the token from where it is, so it needs `by` and `reason`.',
      }),
      priority: z
        .int()
        .optional()
        .meta({ description: 'Smaller is sooner; 0 by default.', examples: [0] }),
      delayMs: z
        .number()
        .nonnegative()
        .max(longestDelayMs)
        .optional()
        .meta({ description: 'Milliseconds until it may be worked on, a century at most.' }),
      once: z
        .strictObject({
          key: z.string().min(1).max(480),
          forMs: z.number().positive().max(longestDelayMs),
        })
        .optional()
        .meta({
          description:
            'Of the requests with this key only one lets a token enter within that many milliseconds, so the request may be sent again when its answer was lost.',
        }),
      by: Person.optional(),
      reason: Reason.optional().meta({ description: 'Why, for the history; also why another is replaced.' }),
    })
    .meta({ examples: [{ id: 'a', value: exampleOf(described), by: 'ann' }] })
}

/** The routes to tokens, wherever they are. */
export function tokenRoutes(api: Api, { queues }: Served): void {
  const { backend, workflow } = queues.runtime

  api.get(
    '/tokens/:id',
    {
      schema: {
        operationId: 'getToken',
        tags,
        summary: 'Where a token is and has been',
        params,
        response: { 200: answer('Its journey.', Journey), ...problems(404) },
      },
    },
    async ({ params: { id } }) => {
      const journey = await backend.journey(workflow, id)
      if (!journey) throw isUnknown({ workflow, id })
      const { row, lines, ...rest } = journey
      const message = row && { ...showingError(row), state: row.value }
      return { ...rest, message, ...(await belongings(backend, journey)), history: lines.map(showingError) }
    },
  )

  api.post(
    '/tokens',
    {
      schema: {
        operationId: 'enterToken',
        tags,
        summary: 'Let a token enter',
        body: entering(queues.accepts),
        response: {
          201: answer(
            'It is in, or was known and is ignored.',
            z.object({
              id: z.string(),
              entered: z.boolean().meta({ description: 'False if this request has changed nothing.' }),
            }),
          ),
          ...problemsOfBody(409, 422),
        },
      },
    },
    async ({ body: { id, value, ...options } }, reply) => {
      if (options.enter === 'replace') checkReplacing(id, options)
      const { entered } = await queues.input.push(id, value, defined(options))
      return reply
        .code(201)
        .header('location', `/tokens/${encodeURIComponent(id)}`)
        .send({ id, entered })
    },
  )

  api.post(
    '/tokens/:id/cancel',
    {
      schema: {
        operationId: 'cancelToken',
        tags,
        summary: 'Take a token out for good',
        params,
        body: z.strictObject({ by: Person, reason: Reason }),
        response: {
          200: answer('It is out.', z.object({ id: z.string(), queue: z.string() })),
          ...problemsOfBody(404, 409),
        },
      },
    },
    async ({ params: { id }, body }) => ({ id, ...(await cancel(backend, { workflow, id, ...body })) }),
  )
}

// It may take a token from a person's desk; that person must be able to see who did so, and why.
function checkReplacing(id: string, { by, reason }: { readonly by?: unknown; readonly reason?: unknown }) {
  checkPerson(by as string, `Replacing token "${id}"`, { id })
  checkReason(reason as string, `Replacing token "${id}"`, { id })
}
