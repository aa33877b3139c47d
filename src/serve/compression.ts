import { promisify } from 'node:util'
import { constants, gunzip, gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { InvalidError } from '../queue/errors.ts'

const zip = promisify(gzip)
const unzip = promisify(gunzip)

/** Shorter answers, in bytes, take longer to compress than to send. */
const compressedFrom = 64 * 1024

/** A request that fastify would refuse with this status. */
class Refused extends Error {
  readonly statusCode: number

  constructor(statusCode: number, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

/** What makes the body of a request of one that may be compressed by gzip. What comes out is `maxBytes` at most, whatever went in. */
export function decoder(maxBytes: number): (body: Buffer, request: FastifyRequest) => Promise<Buffer> {
  return async (body, { headers }) => {
    const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity'
    if (encoding === 'identity') return body
    if (encoding !== 'gzip') throw new Refused(415, 'The body is encoded in a way that is not read; gzip is.')
    try {
      return await unzip(body, { maxOutputLength: maxBytes })
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
        throw new Refused(413, 'Request body is too large')
      throw new InvalidError('The body is not compressed by gzip, though its header says so.', { cause })
    }
  }
}

/** Lets `app` compress long answers for clients that take gzip. */
export function compressAnswers(app: Pick<FastifyInstance, 'addHook'>): void {
  app.addHook('onSend', async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload
    if (payload.length < compressedFrom || !takesGzip(request)) return payload
    reply.removeHeader('content-length')
    reply.header('content-encoding', 'gzip').header('vary', 'accept-encoding')
    return zip(payload, { level: constants.Z_BEST_SPEED })
  })
}

function takesGzip({ headers }: FastifyRequest): boolean {
  const accepted = String(headers['accept-encoding'] ?? '')
  return accepted.split(',').some((each) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(each))
}
