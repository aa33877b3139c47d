import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorBody } from './error-answer.ts'

/** What one server takes in at a time. */
interface CrowdLimits {
  /** How many requests may be under way. */
  readonly maxWaiting: number
  /** The longest body, in bytes. */
  readonly maxBodyBytes: number
}

/** So many of the longest bodies may be in memory at a time. */
const longestBodies = 16
/** What a body that is compressed is taken to be in memory. */
const inflation = 10

/**
 * The hook that refuses requests, before their bodies are read, while too many are under way: with 503, and the seconds after which to
 * try again. Nothing of them has happened then. Those that `isFree` are neither refused nor counted.
 */
export function crowd(
  { maxWaiting, maxBodyBytes }: CrowdLimits,
  isFree: (request: FastifyRequest) => boolean,
) {
  let waiting = 0
  let bytes = 0
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    if (isFree(request)) return undefined
    const own = bytesOf(request, maxBodyBytes)
    if (waiting >= maxWaiting || (waiting > 0 && bytes + own > longestBodies * maxBodyBytes)) {
      const message = 'The server has too many requests waiting; try again in a second.'
      reply.code(503).header('retry-after', '1')
      return reply.send({ code: 'backend', message } satisfies ErrorBody)
    }
    waiting++
    bytes += own
    reply.raw.once('close', () => {
      waiting--
      bytes -= own
    })
    return undefined
  }
}

function bytesOf({ headers }: FastifyRequest, maxBodyBytes: number): number {
  const length = Number(headers['content-length'] ?? maxBodyBytes)
  const factor = headers['content-encoding'] === undefined ? 1 : inflation
  return Math.min(length * factor, maxBodyBytes) || 0
}
