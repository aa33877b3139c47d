import type { FastifyReply, FastifyRequest } from 'fastify'

/** Whether this is a browser's question what a page of another origin may send. */
export function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
}

/** Lets a page of `origin` read the answer, if there is one; no cookies, since the token is sent in a header. */
export function allowPage(reply: FastifyReply, origin: string | undefined): void {
  reply.header('vary', 'origin')
  if (origin === undefined) return
  reply.headers({
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, HEAD, POST, PATCH',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-expose-headers': 'location',
    'access-control-max-age': '600',
  })
}
