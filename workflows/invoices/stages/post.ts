import { type WorkContext, worker, wrapped } from 'pipewright'
import * as z from 'zod'
import type { InvoiceContext } from '../context.ts'
import { Entry } from '../ledger.ts'
import { ledgerGate } from '../ledger-gate.ts'
import { Approved, Faulty, Posted } from '../states.ts'
import type { Tuning } from './tuning.ts'

/** Has the ledger book the invoice, once, however often it is tried; what it refuses is corrected by a person. */
export function makePost({ work }: Tuning) {
  const book = worker({
    ...work,
    input: Entry,
    output: z.string().min(1),
    concurrency: 4,
    timeoutMs: 30_000,
    behind: [ledgerGate],
    // A supplier with a thousand invoices does not make the others wait.
    key: ({ supplier }) => supplier,
    // The same key at every visit: an invoice that comes again, corrected, may have been booked before, without an answer.
    process: (entry, { ledger, stageKey, signal }: WorkContext<Pick<InvoiceContext, 'ledger'>>) =>
      ledger.book(entry, { key: stageKey, signal }),
  })
  return wrapped(book, {
    input: Approved,
    output: Posted,
    pre: ({ number, invoice: { supplier, totalCents } }) => ({ number, supplier, totalCents }),
    post: ({ number, invoice: { supplier, totalCents }, approvedBy }, booking) =>
      Posted({ number, supplier, totalCents, approvedBy, booking }),
    failed: { to: Faulty, as: (approved, { message }) => Faulty({ ...approved, why: message }) },
  })
}
