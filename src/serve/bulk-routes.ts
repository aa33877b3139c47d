import * as z from 'zod'
import type { Bulk, BulkRequest as Request } from '../run/bulk/bulk.ts'
import { type Api, answer, problems, problemsOfBody } from './api.ts'
import { BulkPlan, BulkRequest, BulkRun, Turning, Undoing } from './bulk-shapes.ts'
import { defined } from './defined.ts'
import { TokenId } from './review-shapes.ts'
import type { Served } from './served.ts'

const tags = ['bulk']
const params = z.object({ id: TokenId })

/** The routes for what is done to many tokens at once. The server works on it itself, as each process of the app does. */
export function bulkRoutes(api: Api, { queues: { bulk } }: Served): void {
  api.post(
    '/bulk/plan',
    {
      schema: {
        operationId: 'planBulk',
        tags,
        summary: 'What a bulk action would do; nothing is written',
        body: BulkRequest,
        response: {
          200: answer('How many it would be done to, and what would be refused.', BulkPlan),
          ...problemsOfBody(404),
        },
      },
    },
    ({ body }) => bulk.plan(defined(body) as Request),
  )

  api.post(
    '/bulk',
    {
      schema: {
        operationId: 'startBulk',
        tags,
        summary: 'Begin a bulk action on all messages that match now',
        body: BulkRequest,
        response: { 201: answer('It has begun.', BulkRun), ...problemsOfBody(404) },
      },
    },
    async ({ body }, reply) => begun(reply, await bulk.start(defined(body) as Request)),
  )

  api.get(
    '/bulk',
    {
      schema: {
        operationId: 'listBulk',
        tags,
        summary: 'The bulk actions, the newest first',
        response: { 200: answer('They.', z.object({ runs: z.array(BulkRun) })), ...problems() },
      },
    },
    async () => ({ runs: [...(await bulk.list())] }),
  )

  api.get(
    '/bulk/:id',
    {
      schema: {
        operationId: 'getBulk',
        tags,
        summary: 'How far a bulk action is, and what was refused',
        params,
        response: { 200: answer('It.', BulkRun), ...problems(404) },
      },
    },
    ({ params: { id } }) => bulk.find(id),
  )

  for (const [verb, { summary, act }] of Object.entries(turns))
    api.post(
      `/bulk/:id/${verb}`,
      {
        schema: {
          operationId: `${verb}Bulk`,
          tags,
          summary,
          params,
          body: Turning,
          response: { 200: answer('How far it is.', BulkRun), ...problemsOfBody(404, 409) },
        },
      },
      ({ params: { id }, body }) => act(bulk, id, body),
    )

  api.post(
    '/bulk/:id/undo',
    {
      schema: {
        operationId: 'undoBulk',
        tags,
        summary: 'Begin to take back what a bulk action has done, where no worker has begun it',
        params,
        body: Undoing,
        response: {
          201: answer('It has begun, as a bulk action of its own.', BulkRun),
          ...problemsOfBody(404, 409),
        },
      },
    },
    async ({ params: { id }, body }, reply) => begun(reply, await bulk.undo(id, body)),
  )
}

const turns = {
  stop: { summary: 'Stop a bulk action; what has been done stays', act: (bulk, id, by) => bulk.stop(id, by) },
  resume: { summary: 'Let a bulk action that was stopped go on', act: (bulk, id, by) => bulk.resume(id, by) },
} as const satisfies Record<string, Turn>

interface Turn {
  readonly summary: string
  readonly act: (bulk: Bulk, id: string, by: z.output<typeof Turning>) => ReturnType<Bulk['stop']>
}

interface Replying<Answer> {
  code(status: 201): { header(name: string, value: string): { send(run: z.output<typeof BulkRun>): Answer } }
}

function begun<Answer>(reply: Replying<Answer>, run: z.output<typeof BulkRun>): Answer {
  return reply.code(201).header('location', `/bulk/${run.id}`).send(run)
}
