import * as z from 'zod'
import { longestDelayMs } from '../queue/delay.ts'
import { type Api, answer, problems, problemsOfBody } from './api.ts'
import { Gate } from './gate-shapes.ts'
import { Person, Reason } from './review-shapes.ts'
import type { Served } from './served.ts'

const tags = ['gates']

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
const Setting = z
  .strictObject({
    ...by,
    reason: Reason,
    limit: z.int().nonnegative().nullable().optional().meta({
      description: 'How many units may be held at once; null: as declared.',
    }),
    rate: z
      .strictObject({
        units: z.number().positive(),
        perMs: z.number().positive(),
        burst: z.int().positive().optional(),
      })
      .nullable()
      .optional()
      .meta({ description: 'How fast they may pass; null: as declared.' }),
  })
  .refine(({ limit, rate }) => limit !== undefined || rate !== undefined, 'Give a limit, a rate, or both.')
  .meta({ examples: [{ by: 'ann', reason: 'The printer is old.', limit: 2 }] })
const Named = z.object({ name: z.string() })
const Done = z.object({ name: z.string(), closed: z.boolean() })

/** The routes to gates: what they let through, and how to close, open and set them. */
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

  api.post(
    '/gates/:name/settings',
    {
      schema: {
        operationId: 'setGate',
        tags,
        summary: 'Set the limit or the rate of a gate by hand, or take that back',
        params,
        body: Setting,
        response: { 200: answer('The next lease goes by it.', Named), ...problemsOfBody(404) },
      },
    },
    async ({ params: { name }, body: { by: actor, ...body } }) => {
      await backend.commit([{ kind: 'gate', name, actor, ...body }])
      return { name }
    },
  )
}

interface Turning {
  readonly params: z.output<typeof params>
  readonly body: z.output<typeof Closing> | z.output<typeof Opening>
}
