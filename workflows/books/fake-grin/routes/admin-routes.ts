import type { FastifyInstance, FastifyReply } from 'fastify'
import * as z from 'zod'
import type { Admin } from '../admin.ts'
import { FaultRule } from '../faults/fault.ts'
import { bookStates } from '../standing.ts'

const Advance = z.strictObject({ ms: z.number().min(0) })
const BookChange = z.strictObject({ state: z.enum(bookStates).optional(), scanAnew: z.boolean().optional() })

/** Serves what an admin does. */
export function addAdminRoutes(server: FastifyInstance, admin: Admin): void {
  server.register(
    async (routes) => {
      routes.setErrorHandler((error, _request, reply) =>
        error instanceof z.ZodError
          ? reply.code(400).send({ error: z.prettifyError(error) })
          : reply.send(error),
      )
      routes.get('/', () => ({ ...timeOf(admin), queued: admin.queued(), isOut: admin.isOut() }))
      routes.get('/clock', () => timeOf(admin))
      routes.post('/clock/advance', (request) => {
        admin.advance(Advance.parse(request.body).ms)
        return timeOf(admin)
      })
      routes.get('/counters', () => admin.counters())
      routes.delete('/counters', (_request, reply) => {
        admin.resetCounters()
        return reply.code(204).send()
      })
      routes.get('/faults', () => admin.faults())
      routes.post('/faults', (request, reply) =>
        reply.code(201).send({ id: admin.inject(FaultRule.parse(request.body)) }),
      )
      routes.delete('/faults', () => ({ cleared: admin.clearFaults() }))
      routes.delete<{ Params: { id: string } }>('/faults/:id', ({ params: { id } }, reply) =>
        admin.clearFaults(Number(id)) === 1 ? { cleared: 1 } : missing(reply, `There is no fault ${id}.`),
      )
      routes.post('/logins/expire', () => ({ expired: admin.expireLogins() }))
      routes.put('/outage', () => out(admin, true))
      routes.delete('/outage', () => out(admin, false))
      routes.get<{ Params: { barcode: string } }>('/books/:barcode', ({ params: { barcode } }, reply) =>
        bookOf(admin, barcode, reply),
      )
      routes.patch<{ Params: { barcode: string } }>('/books/:barcode', (request, reply) => {
        const { barcode } = request.params
        const { state, scanAnew } = BookChange.parse(request.body)
        if (!admin.book(barcode)) return bookOf(admin, barcode, reply)
        if (scanAnew) admin.scanAnew(barcode)
        if (state) admin.setState(barcode, state)
        return bookOf(admin, barcode, reply)
      })
    },
    { prefix: '/admin' },
  )
}

function timeOf(admin: Admin) {
  const now = admin.now()
  return { now, time: new Date(now).toISOString() }
}

function out(admin: Admin, isOn: boolean) {
  admin.setOutage(isOn)
  return { isOut: admin.isOut() }
}

function bookOf(admin: Admin, barcode: string, reply: FastifyReply) {
  const standing = admin.book(barcode)
  return standing ? { barcode, ...standing } : missing(reply, `There is no book ${barcode} in the catalogue.`)
}

function missing(reply: FastifyReply, error: string): FastifyReply {
  return reply.code(404).send({ error })
}
