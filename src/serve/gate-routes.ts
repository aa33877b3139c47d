import * as z from 'zod'
import { longestDelayMs } from '../queue/delay.ts'
import { type Api, answer, problems, problemsOfBody } from './api.ts'
import { Person, Reason, Time, Why } from './review-shapes.ts'
import type { Served } from './served.ts'

const tags = ['gates']
const count = z.int().nonnegative()

const Gate = z.object({
  name: z.string(),
  key: z.string().optional(),
  closed: z.boolean().meta({ description: 'Whether a person, or an error, has closed it.' }),
  actor: z.string().optional(),
  reason: z.string().optional(),
  until: Time.optional().meta({ description: 'Until when it is closed.' }),
  held: count.meta({ description: 'The units that are held there.' }),
  room: count.optional().meta({ description: 'How many units may pass now, where that is limited.' }),
  failures: count.meta({ description: 'In a row.' }),
  limit: count.optional(),
  rate: z.object({ units: z.number(), perMs: z.number(), burst: count.optional() }).optional(),
  why: Why.optional().meta({ description: 'Why nothing passes; absent where something does.' }),
  againAt: Time.optional().meta({ description: 'When that changes by itself.' }),
  queues: z.array(z.string()).readonly().meta({ description: 'Those that stand behind it.' }),
})

const params = z.object({
  name: z
    .string()
    .min(1)
    .max(500)
    .meta({ examples: ['grin'] }),
})
const by = { by: Person, key: z.string().min(1).max(500).optional() }
const Closing = z
  .strictObject({
    ...by,
    reason: Reason,
    forMs: z.number().positive().max(longestDelayMs).optional().meta({
      description: 'Milliseconds after which it opens by itself.',
    }),
  })
  .meta({ examples: [{ by: 'ann', reason: 'The printer is out of paper.' }] })
const Opening = z.strictObject({ ...by, reason: Reason.optional() }).meta({ examples: [{ by: 'ann' }] })
const Done = z.object({ name: z.string(), closed: z.boolean() })

/** The routes to gates: what they let through, and how to close and open them. */
export function gateRoutes(api: Api, { queues }: Served): void {
  const { backend } = queues.runtime

  api.get(
    '/gates',
    {
      schema: {
        operationId: 'listGates',
        tags,
        summary: 'The gates, what is held there, and why nothing passes',
        response: { 200: answer('All of them.', z.object({ gates: z.array(Gate) })), ...problems() },
      },
    },
    async () => ({ gates: [...(await backend.gates())] }),
  )

  const turn =
    (closed: boolean) =>
    async ({ params: { name }, body: { by: actor, ...body } }: Turning) => {
      await backend.commit([{ kind: 'gate', name, closed, actor, ...body }])
      return { name, closed }
    }

  api.post(
    '/gates/:name/close',
    {
      schema: {
        operationId: 'closeGate',
        tags,
        summary: 'Let nothing pass a gate, or out of a queue',
        params,
        body: Closing,
        response: { 200: answer('It is closed.', Done), ...problemsOfBody(404) },
      },
    },
    turn(true),
  )

  api.post(
    '/gates/:name/open',
    {
      schema: {
        operationId: 'openGate',
        tags,
        summary: 'Let a closed gate pass again, its failures forgotten',
        params,
        body: Opening,
        response: { 200: answer('It is open.', Done), ...problemsOfBody(404) },
      },
    },
    turn(false),
  )
}

interface Turning {
  readonly params: z.output<typeof params>
  readonly body: z.output<typeof Closing> | z.output<typeof Opening>
}
