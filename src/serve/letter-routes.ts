import * as z from 'zod'
import type { Json } from '../schema/json.ts'
import { type Api, answer, problemsOfBody } from './api.ts'
import { Hop, Person, TokenId } from './review-shapes.ts'
import type { Served } from './served.ts'

/** The route by which letters are sent to tokens. */
export function letterRoutes(api: Api, { queues }: Served): void {
  api.post(
    '/tokens/:id/letters/:name',
    {
      schema: {
        operationId: 'sendLetter',
        tags: ['tokens'],
        summary: 'Send a letter to a token, which keeps it until a stage reads it',
        params: z.object({ id: TokenId, name: z.string().min(1).max(200) }),
        body: z.strictObject({
          value: z.unknown().optional(),
          once: z.string().min(1).max(500).optional().meta({
            description:
              'Of the letters with this name and key the token gets one, so the request may be sent again.',
          }),
          by: Person.optional(),
          hop: Hop.optional(),
        }),
        response: {
          202: answer('It is in the box.', z.object({ id: z.string(), name: z.string() })),
          ...problemsOfBody(404, 409),
        },
      },
    },
    async ({ params: { id, name }, body: { value, once, by, hop } }, reply) => {
      await queues.send(id, name, value as Json, { once, by, hop })
      return reply.code(202).send({ id, name })
    },
  )
}
