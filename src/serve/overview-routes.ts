import * as z from 'zod'
import type { Desk } from '../run/desk/desk.ts'
import { type Api, answer, problems } from './api.ts'
import { listDecisions } from './decision-shapes.ts'
import { jsonSchemaOf } from './json-schema.ts'
import { Time } from './review-shapes.ts'
import type { Served } from './served.ts'

const JsonSchema = z.record(z.string(), z.unknown())
const count = z.int().nonnegative()

const DeskOverview = z.object({
  desk: z.string().meta({ description: 'What it is called in paths.' }),
  queue: z.string(),
  tasks: z.string().meta({ description: 'The path of its tasks.' }),
  waiting: count,
  claimed: count,
  dead: count,
  oldestAt: Time.optional(),
  decisions: z.array(
    z.object({
      decision: z.string(),
      fields: JsonSchema.optional().meta({
        description: 'A JSON Schema; absent where the library of the schema has none.',
      }),
    }),
  ),
  value: JsonSchema.optional().meta({
    description: 'The JSON Schema of what is reviewed; absent where its library has none.',
  }),
})

/** The routes for the health of the server and an overview of its desks. */
export function overviewRoutes(api: Api, { queues, desks }: Served): void {
  const { backend, workflow } = queues.runtime

  api.get(
    '/health',
    {
      schema: {
        operationId: 'getHealth',
        tags: ['overview'],
        summary: 'Whether the server and its database answer',
        security: [],
        response: {
          200: answer('They do.', z.object({ ok: z.literal(true), workflow: z.string() })),
          ...problems(),
        },
      },
    },
    async () => {
      // The cheapest request to the database; counting would cost more with every token.
      await backend.get(`${workflow}/output`, 'health')
      return { ok: true as const, workflow }
    },
  )

  api.get(
    '/reviews',
    {
      schema: {
        operationId: 'listDesks',
        tags: ['overview'],
        summary: 'The desks, what waits on them, and what can be decided there',
        response: {
          200: answer('All of them.', z.object({ workflow: z.string(), desks: z.array(DeskOverview) })),
          ...problems(),
        },
      },
    },
    async () => ({ workflow, desks: await Promise.all([...desks].map(overview)) }),
  )
}

async function overview([name, desk]: readonly [string, Desk]): Promise<z.output<typeof DeskOverview>> {
  return {
    desk: name,
    queue: desk.queue,
    tasks: `/reviews/${name}/tasks`,
    ...(await desk.count()),
    decisions: listDecisions(desk.decisions),
    value: jsonSchemaOf(desk.input),
  }
}
