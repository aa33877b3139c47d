import * as z from 'zod'
import type { HistoryLine } from '../queue/lines.ts'
import { isUnknown } from '../queue/refusals.ts'
import { showingError } from '../queue/shown-fault.ts'
import { bulkQueuesOf } from '../run/bulk/bulk-place.ts'
import { comment } from '../run/desk/comment.ts'
import { findStay } from '../run/travel/find-stay.ts'
import type { Travel } from '../run/travel/travel.ts'
import { type Api, answer, problems, problemsOfBody } from './api.ts'
import { defined } from './defined.ts'
import { Line, TokenId } from './review-shapes.ts'
import type { Served } from './served.ts'
import { AuditLine, KeptStay, LinesQuery, TokenLinesQuery, Travelled, travelBodies } from './travel-shapes.ts'

const tags = ['tokens']
const params = z.object({ id: TokenId })

const verbs = {
  edit: {
    summary: 'Give a token another value, where it is',
    act: (travel, id, { value, ...options }) => travel.edit(id, value, options),
  },
  move: {
    summary: 'Move a token to another stage, which takes the state that it is in, or is given',
    act: (travel, id, options) => travel.move(id, options),
  },
  rerun: {
    summary: 'Let a token begin again from one of its stays',
    act: (travel, id, options) => travel.rerun(id, options),
  },
  fork: {
    summary: 'Let a new token begin from a stay of this one',
    act: (travel, id, { id: newId, ...options }) => travel.fork(id, newId, options),
  },
  uncancel: {
    summary: 'Bring back a token that was cancelled or discarded',
    act: (travel, id, options) => travel.uncancel(id, options),
  },
} as const satisfies Record<string, Verb>

interface Verb {
  readonly summary: string
  readonly act: (travel: Travel, id: string, body: any) => Promise<z.output<typeof Travelled>>
}

/** The routes for what is done to tokens by hand, and for what they were. */
export function travelRoutes(api: Api, { queues }: Served): void {
  const { backend, workflow } = queues.runtime
  for (const [name, { summary, act }] of Object.entries(verbs))
    api.post(
      `/tokens/:id/${name}`,
      {
        schema: {
          operationId: `${name}Token`,
          tags,
          summary,
          params,
          body: travelBodies[name as keyof typeof verbs],
          response: {
            200: answer('Where it is then, or, of a dry run, would be.', Travelled),
            ...problemsOfBody(404, 409),
          },
        },
      },
      ({ params: { id }, body }) => act(queues, id, defined(body as object)),
    )

  api.post(
    '/tokens/:id/comments',
    {
      schema: {
        operationId: 'commentToken',
        tags,
        summary: 'Say something about a token; it stands in its history',
        params,
        body: travelBodies.comment,
        response: { 201: answer('It is said.', z.object({ id: z.string() })), ...problemsOfBody(404) },
      },
    },
    async ({ params: { id }, body }, reply) => {
      await comment(backend, { workflow, id, ...body })
      return reply.code(201).send({ id })
    },
  )

  api.get(
    '/tokens/:id/values/:hop',
    {
      schema: {
        operationId: 'getTokenValue',
        tags,
        summary: 'What a token was in one of its stays, if that was kept',
        params: z.object({ id: TokenId, hop: z.coerce.number().int().positive() }),
        response: { 200: answer('Its value and frames then.', KeptStay), ...problems(404, 409) },
      },
    },
    async ({ params: { id, hop } }) => ({ id, ...(await findStay({ backend, workflow }, id, hop)) }),
  )

  api.get(
    '/tokens/:id/lines',
    {
      schema: {
        operationId: 'listTokenLines',
        tags,
        summary: 'What has happened to a token',
        params,
        querystring: TokenLinesQuery,
        response: {
          200: answer('The lines of its history, oldest first.', z.object({ lines: z.array(Line) })),
          ...problems(404),
        },
      },
    },
    async ({ params: { id }, query: { values, ...part } }) => {
      const journey = await backend.journey(workflow, id, { ...part, values: values === 'true' })
      if (!journey) throw isUnknown({ workflow, id })
      return { lines: journey.lines.map(showingError) }
    },
  )

  api.get(
    '/lines',
    {
      schema: {
        operationId: 'listLines',
        tags: ['audit'],
        summary: 'What has happened, across tokens: who did what',
        querystring: LinesQuery,
        response: {
          200: answer(
            'A page of the history. It may be short or empty: there may be more as long as there is a `next`.',
            z.object({ lines: z.array(AuditLine), next: z.string().optional() }),
          ),
          ...problems(),
        },
      },
    },
    async ({ query: { people, event, order = 'newest', ...query } }) => {
      const { lines, next } = await backend.lines({
        ...query,
        order,
        event: event as HistoryLine['event'] | undefined,
        ...(people && { people: true }),
      })
      return { lines: lines.filter(isOwn).map(showingError), next }
    },
  )

  // Another workflow in the same database is another app's, but for that of the bulk actions on this one.
  function isOwn(line: HistoryLine): boolean {
    const own = [undefined, workflow, bulkQueuesOf(workflow).workflow]
    return own.includes(line.workflow)
  }
}
