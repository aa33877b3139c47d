import type { FastifyInstance, FastifyRequest } from 'fastify'
import { InvalidError } from '../queue/errors.ts'

/**
 * Lets `app` take only JSON in UTF-8, parsed by `parse`. By itself fastify takes plain text too, which a page of another
 * site may send without a preflight request; and it puts U+FFFD where bytes are not UTF-8, into ids and values.
 */
export function onlyJson(
  app: Pick<FastifyInstance, 'removeAllContentTypeParsers' | 'addContentTypeParser'>,
  parse: (text: string, request: FastifyRequest) => unknown,
): void {
  app.removeAllContentTypeParsers()
  const options = { parseAs: 'buffer' } as const
  app.addContentTypeParser('application/json', options, async (request: FastifyRequest, body: Buffer) =>
    parse(textOf(body), request),
  )
}

function textOf(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (cause) {
    throw new InvalidError('The body is not UTF-8; JSON is sent in no other encoding.', { cause })
  }
}
