import type { FastifyInstance, FastifyRequest } from 'fastify'
import { InvalidError } from '../queue/errors.ts'

/** What makes the bytes of a body of those that came, if they are encoded. */
type Decode = (body: Buffer, request: FastifyRequest) => Buffer | Promise<Buffer>

/**
 * Lets `app` take only JSON in UTF-8, parsed by `parse`. By itself fastify takes plain text too, which a page of another
 * site may send without a preflight request; and it puts U+FFFD where bytes are not UTF-8, into ids and values.
 */
export function onlyJson(
  app: Pick<FastifyInstance, 'removeAllContentTypeParsers' | 'addContentTypeParser'>,
  parse: (text: string, request: FastifyRequest) => unknown,
  decode: Decode = (body) => body,
): void {
  app.removeAllContentTypeParsers()
  const options = { parseAs: 'buffer' } as const
  app.addContentTypeParser('application/json', options, async (request: FastifyRequest, body: Buffer) =>
    parse(textOf(await decode(body, request)), request),
  )
}

function textOf(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (cause) {
    throw new InvalidError('The body is not UTF-8; JSON is sent in no other encoding.', { cause })
  }
}
