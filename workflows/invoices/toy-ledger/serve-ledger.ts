import { fastify } from 'fastify'
import * as z from 'zod'
import { Entry } from '../ledger.ts'
import type { LedgerBook } from './ledger-book.ts'

const Key = z.string().min(1).max(500)

/** Serves `book` on this machine, as a real ledger would be; `port` 0 takes a free one. */
export async function serveLedger(book: LedgerBook, port: number) {
  const server = fastify()
  server.post('/bookings', (request, reply) => {
    const key = Key.safeParse(request.headers['idempotency-key'])
    const entry = Entry.safeParse(request.body)
    if (!key.success || !entry.success)
      return reply.code(400).send('It takes an entry and an idempotency-key.')
    const { status, retryAfter, body } = book.answer(key.data, entry.data)
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    return reply.code(status).send(body)
  })
  server.get('/bookings', () => book.booked)
  const url = await server.listen({ host: '127.0.0.1', port })
  return { url, close: () => server.close() }
}
