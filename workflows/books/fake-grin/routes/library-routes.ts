import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerArchive } from './archive-route.ts'
import type { Library } from './library.ts'
import { answerList } from './list-route.ts'
import { answerProcess } from './process-route.ts'
import { refuse } from './refuse.ts'
import { subjectOf } from './request-subject.ts'
import { answerSearch } from './search-route.ts'

const url = '/libraries/:directory/:name'

/** Serves a library as GRIN does. */
export function addLibraryRoutes(server: FastifyInstance, library: Library): void {
  server.register(async (routes) => {
    routes.removeAllContentTypeParsers()
    routes.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    routes.route({ method: ['GET', 'HEAD'], url, exposeHeadRoute: false, handler })
    routes.post(url, handler)
  })

  async function handler(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const asked = subjectOf(request)
    if (!asked || (request.method === 'POST' && asked.on !== 'process'))
      return reply.code(404).type('text/plain').send('There is no such page.\n')
    if (request.method === 'HEAD' && asked.on !== 'head') return reply.code(405).send()
    library.counters.count(asked.on)
    if (refuse(library, asked, request, reply)) return reply
    if (asked.on === 'list') await answerList(library, asked.of, request, reply)
    else if (asked.on === 'process') answerProcess(library, request, reply)
    else if (asked.on === 'search') answerSearch(library, request, reply)
    else await answerArchive(library, asked, request, reply)
    return reply
  }
}
