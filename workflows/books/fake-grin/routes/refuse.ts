import type { FastifyReply, FastifyRequest } from 'fastify'
import { type AnswerFault, answerFaults } from '../faults/fault.ts'
import type { Asked } from '../faults/fault-board.ts'
import type { Library } from './library.ts'

/** In front of a path to which a harmless redirect leads. */
export const movedPrefix = '/moved'

const statuses: Readonly<Partial<Record<AnswerFault, number>>> = {
  'http-401': 401,
  'http-403': 403,
  'http-404': 404,
  'http-500': 500,
  'http-503': 503,
}

/** Answers a request in another way than it deserves: it may not ask, all is out of order, or a fault is due. Tells whether it has. */
export function refuse(
  library: Library,
  asked: Asked,
  request: FastifyRequest,
  reply: FastifyReply,
): boolean {
  const { faults, outage, logins, directory } = library
  const strikes = (fault: AnswerFault) => faults.strikes(fault, asked)
  if (outage.isOn) return refused(reply, 503)
  const isMoved = request.originalUrl.startsWith(`${movedPrefix}/`)
  if (!isMoved && strikes('redirect')) {
    reply.code(302).header('location', `${movedPrefix}${request.originalUrl}`).send()
    return true
  }
  const login = logins?.check(request.headers.authorization) ?? 'valid'
  if (login === 'unknown') return refused(reply, 401)
  if (login === 'expired' || strikes('login')) return toLogin(request, reply)
  if ((request.params as { directory: string }).directory !== directory) return refused(reply, 403)
  const fault = answerFaults.find((each) => statuses[each] !== undefined && strikes(each))
  return fault !== undefined && refused(reply, statuses[fault]!)
}

function refused(reply: FastifyReply, status: number): true {
  reply.code(status).type('text/plain').send(`Error ${status}\n`)
  return true
}

function toLogin(request: FastifyRequest, reply: FastifyReply): true {
  const back = encodeURIComponent(`https://books.google.com${request.url}`)
  reply
    .code(302)
    .header('location', `https://accounts.google.com/ServiceLogin?service=print&continue=${back}`)
    .send()
  return true
}
