import type { FastifyReply, FastifyRequest } from 'fastify'
import { searchTsv } from '../lists/search-rows.ts'
import type { Library } from './library.ts'
import { barcodesOf, queryOf } from './request-subject.ts'

const longestUrl = 7500

/** Answers `_barcode_search`; 414 when the URL is longer than 7,500 characters. */
export function answerSearch(library: Library, request: FastifyRequest, reply: FastifyReply): void {
  reply.type('text/plain; charset=utf-8')
  if (request.originalUrl.length > longestUrl) {
    reply.code(414).send(`A URL has at most ${longestUrl} characters.\n`)
    return
  }
  const { execute_query: isExecuted, format, mode } = queryOf(request)
  if (isExecuted !== 'true' || format !== 'text' || mode !== 'full') {
    reply.code(400).send('The fake GRIN searches with execute_query=true, format=text and mode=full only.\n')
    return
  }
  reply.send(searchTsv(library, barcodesOf(request)))
}
