import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Api } from './api.ts'
import type { Problem } from './problem.ts'

/** A path with more parts after an id than any route has. */
const longer = /^\/(tokens|reviews\/.+\/tasks)\/[^/]+\/./

/** Answers requests without a route: 405 where another method would do, else 404. Call it before routes are added. */
export function unknownRoutes(api: Api, desks: readonly string[]): void {
  const methods = new Map<string, Set<string>>()
  api.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set()
    methods.set(url, known)
    for (const each of [method].flat()) known.add(each)
  })

  api.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.replace(/[?#].*/s, '')
    const shown = path.slice(0, 200)
    const allowed = [...methods].find(([pattern]) => fits(pattern, path))?.[1]
    if (allowed) {
      const list = [...allowed].join(', ')
      const message = `${request.method} is not for ${shown}; it takes ${list}.`
      return reply
        .code(405)
        .header('allow', list)
        .send({ code: 'invalid', message } satisfies Problem)
    }
    const names = desks.map((name) => `"${name}"`).join(', ')
    const slash = longer.test(path) ? '; a slash in an id is written %2F' : ''
    const hint = path.startsWith('/reviews/')
      ? `the desks are ${names || 'none'}`
      : 'GET /openapi.json lists what there is'
    const message = `There is nothing at ${shown}; ${hint}${slash}.`
    return reply.code(404).send({ code: 'not_found', message } satisfies Problem)
  })
}

function fits(pattern: string, path: string): boolean {
  const parts = pattern.split('/')
  const given = path.split('/')
  return parts.length === given.length && parts.every((part, i) => part.startsWith(':') || part === given[i])
}
