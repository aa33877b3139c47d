import { worker, wrapped } from 'pipewright'
import { Invoice } from '../invoice.ts'
import { readInvoice } from '../read-invoice.ts'
import { Faulty, Paper, Parsed, Received } from '../states.ts'
import type { Tuning } from './tuning.ts'

/** Reads the invoice; one that cannot be read is corrected by a person. */
export function makeParse({ work }: Tuning) {
  const read = worker({
    ...work,
    input: Paper.pick({ number: true, text: true }),
    output: Invoice,
    process: ({ number, text }) => readInvoice(number, text),
  })
  return wrapped(read, {
    input: Received,
    output: Parsed,
    pre: ({ number, text }) => ({ number, text }),
    post: (received, invoice) => Parsed({ ...received, invoice }),
    failed: { to: Faulty, as: (received, { message }) => Faulty({ ...received, why: message }) },
  })
}
