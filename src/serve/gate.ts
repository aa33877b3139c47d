import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorBody } from './error-answer.ts'
import { isLoopback } from './loopback.ts'
import { isSameHost, urlOf } from './same-host.ts'

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/**
 * A hook that lets in who has the bearer `token`. Without a token it lets in only what comes over loopback, under
 * a loopback name, and not from a page of another origin: so a page in a browser stays out as well, also where a
 * forged DNS answer has sent it here.
 */
export function gate(token: string | undefined): Hook {
  return async (request, reply) => {
    if (token === undefined ? isLocal(request) : isBearer(request, token)) return
    const body: ErrorBody = {
      code: 'unauthorized',
      message:
        token === undefined ? 'Without a token this answers only on loopback.' : 'The token is not right.',
    }
    return reply.code(token === undefined ? 403 : 401).send(body)
  }
}

/** Whether a request carries the bearer `token`, found out in the same time whatever it carries. */
export function isBearer({ headers }: FastifyRequest, token: string): boolean {
  const given = /^bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
  return timingSafeEqual(digest(given), digest(token))
}

/** Of equal length, whatever was given, so that comparing takes equally long. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function isLocal({ socket, headers: { host, origin } }: FastifyRequest): boolean {
  const name = urlOf(`http://${host}`)?.hostname ?? ''
  const isOurPage = origin === undefined || isSameHost(origin, `${host}`)
  return isLoopback(socket.remoteAddress ?? 'localhost') && isLoopback(name) && isOurPage
}
