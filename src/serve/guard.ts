import type { FastifyReply, FastifyRequest } from 'fastify'
import { isBearer } from './bearer.ts'
import { allowPage, isPreflight } from './cross-origin.ts'
import type { ErrorBody } from './error-answer.ts'
import { isLoopback } from './loopback.ts'
import { isSameHost, urlOf } from './same-host.ts'

/** Which requests are let in. */
export interface GuardOptions {
  /** The bearer token that every request must carry, but those that are open. Without one, only this machine is let in. */
  readonly token?: string | undefined
  /** Whether a request carries one of several tokens, in place of `token`. */
  readonly isKnown?: ((request: FastifyRequest) => boolean) | undefined
  /** The names, beside the loopback ones and the addresses of this machine, under which the server is reached. */
  readonly hosts: ReadonlySet<string> | 'any'
  /** The origins whose pages are answered beside the server's own, such as `https://desk.example.org`. */
  readonly origins?: ReadonlySet<string> | undefined
  /** Whether a request is answered without the token. */
  readonly isOpen?: ((request: FastifyRequest) => boolean) | undefined
}

type Refusal = readonly [status: 401 | 403, code: ErrorBody['code'], message: string]

/**
 * The hook before every request. A page of another site that a person has open must not reach the queues: so the
 * name in the request must be ours (a forged DNS answer leads here under a strange one), and a page that sends it must
 * come from the same name or from one of `origins`. Then the token, if there is one;
 * without one, only this machine is let in.
 */
export function guard({ token, isKnown, hosts, origins = new Set(), isOpen }: GuardOptions) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { origin } = request.headers
    const isGuest = origin !== undefined && origins.has(origin)
    if (origins.size > 0) allowPage(reply, isGuest ? origin : undefined)
    const refusal = refusePlace(request, isGuest)
    // A browser asks first, without the token, what a page of another origin may send.
    if (!refusal && isGuest && isPreflight(request)) return reply.code(204).send()
    const refused = refusal ?? refuseCaller(request)
    if (!refused) return
    const [status, code, message] = refused
    if (status === 401) reply.header('www-authenticate', 'Bearer')
    return reply.code(status).send({ code, message } satisfies ErrorBody)
  }

  function refusePlace(request: FastifyRequest, isGuest: boolean): Refusal | undefined {
    const { host, origin } = request.headers
    const asked = urlOf(`http://${host}`)
    if (hosts !== 'any' && !(asked && isOurs(hosts, asked.hostname, request))) {
      return [403, 'forbidden', 'This server does not go by the name in the Host header; name it in `hosts`.']
    }
    if (origin === undefined || isGuest || isSameHost(origin, `${host}`)) return
    return [403, 'forbidden', 'Pages of another origin are not answered; name it in `origins`.']
  }

  function refuseCaller(request: FastifyRequest): Refusal | undefined {
    if (token === undefined && !isKnown) {
      const isLocal = isLoopback(request.socket.remoteAddress ?? 'localhost')
      return isLocal ? undefined : [403, 'forbidden', 'Without a token only this machine is answered.']
    }
    if (isOpen?.(request) || (isKnown ? isKnown(request) : isBearer(request, token!))) return undefined
    return [401, 'unauthorized', 'The token is missing or wrong: send "authorization: Bearer TOKEN".']
  }
}

function isOurs(hosts: ReadonlySet<string>, name: string, { socket }: FastifyRequest): boolean {
  const address = socket.localAddress?.replace(/^::ffff:/, '')
  return isLoopback(name) || hosts.has(name) || name.replace(/^\[(.*)\]$/, '$1') === address
}
