import type { FastifyReply, FastifyRequest } from 'fastify'
import { isBearer } from './gate.ts'
import { isLoopback } from './loopback.ts'
import type { Problem } from './problem.ts'
import { isSameHost, urlOf } from './same-host.ts'

/** Who is let in. */
export interface GuardOptions {
  /** The bearer token that every request must carry, but those for the docs and the health. */
  readonly token?: string | undefined
  /** The names, beside the loopback ones and the addresses of this machine, under which the server is reached. */
  readonly hosts?: readonly string[] | undefined
}

type Refusal = readonly [status: 401 | 403, code: Problem['code'], message: string]

/**
 * The hook before every request. A page of another site that a person has open must not reach the queues: so the
 * name that was asked for must be ours (a forged DNS answer leads here under a strange one), and the page that
 * asks, if a page does, must come from the same name. Then the token, if there is one; without one, only this
 * machine is let in.
 */
export function guard({ token, hosts = [] }: GuardOptions) {
  const known = new Set(hosts.map((host) => host.toLowerCase()))

  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const refusal = refuse(request)
    if (!refusal) return
    const [status, code, message] = refusal
    if (status === 401) reply.header('www-authenticate', 'Bearer')
    return reply.code(status).send({ code, message } satisfies Problem)
  }

  function refuse(request: FastifyRequest): Refusal | undefined {
    const { host, origin } = request.headers
    const asked = urlOf(`http://${host}`)
    if (!asked || !isOurs(asked.hostname, request)) {
      return [403, 'forbidden', 'This server does not go by the name in the Host header; name it in `hosts`.']
    }
    if (origin !== undefined && !isSameHost(origin, `${host}`)) {
      return [403, 'forbidden', 'Pages of another origin are not answered.']
    }
    if (token === undefined) {
      const isLocal = isLoopback(request.socket.remoteAddress ?? 'localhost')
      return isLocal ? undefined : [403, 'forbidden', 'Without a token only this machine is answered.']
    }
    if (isOpen(request) || isBearer(request, token)) return undefined
    return [401, 'unauthorized', 'Send the token of this server: "authorization: Bearer TOKEN".']
  }

  function isOurs(name: string, { socket }: FastifyRequest): boolean {
    const address = socket.localAddress?.replace(/^::ffff:/, '')
    return isLoopback(name) || known.has(name) || name.replace(/^\[(.*)\]$/, '$1') === address
  }
}

/** What tells nothing of any token: browsers that read the docs cannot send one. */
function isOpen({ routeOptions: { url = '' } }: FastifyRequest): boolean {
  return url === '/health' || url === '/openapi.json' || url === '/docs' || url.startsWith('/docs/')
}
