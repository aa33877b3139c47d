import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Requested } from '../standing.ts'
import type { Library } from './library.ts'
import { barcodesOf } from './request-subject.ts'

const replies: Readonly<Record<Requested, string>> = {
  queued: 'Success',
  'in-process': 'Already being processed',
  converted: 'Already available for download',
  refused: 'Not allowed to be converted',
  unknown: 'Unknown barcode',
}

/** Answers a request for conversion: a status for each barcode, or 429 when the queue cannot take all of them. */
export function answerProcess(library: Library, request: FastifyRequest, reply: FastifyReply): void {
  const barcodes = barcodesOf(request)
  if (barcodes.length === 0) {
    reply.code(400).type('text/plain').send('It takes barcodes.\n')
    return
  }
  const become = library.shelf.request(barcodes)
  if (become === 'full') {
    reply.code(429).type('text/plain').send('Too many books are in process.\n')
    return
  }
  const rows = [...become].map(([barcode, requested]) => {
    const isOdd = library.faults.strikes('unknown-status', { of: barcode, on: 'process' })
    return `${barcode}\t${isOdd ? 'Something that no client knows' : replies[requested]}\n`
  })
  reply.type('text/plain; charset=utf-8').send(`Barcode\tStatus\n${rows.join('')}`)
}
