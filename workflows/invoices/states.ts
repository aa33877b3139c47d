import { state } from 'pipewright'
import * as z from 'zod'
import { Cents } from './cents.ts'
import { Invoice, InvoiceNumber } from './invoice.ts'

/** The name of a person, or of what enters invoices by itself. */
export const Person = z.string().min(1).max(100)

/** An invoice as it is on paper, so to speak, and who has had a hand in it: entered it, or corrected it. */
export const Paper = z.object({
  number: InvoiceNumber,
  text: z.string().max(100_000),
  hands: z.array(Person).min(1).max(1000),
})

const Read = Paper.extend({ invoice: Invoice })

/** An invoice that was not looked at yet, or not since it was corrected. */
export const Received = state('Received', Paper)

/** An invoice that could be read. */
export const Parsed = state('Parsed', Read)

/** An invoice whose lines agree with the price list and with its total: a second person has to approve it. */
export const Checked = state('Checked', Read)

/** An invoice that was not approved in time. */
export const Escalated = state('Escalated', Read)

/** An invoice that may be paid, and who says so. */
export const Approved = state('Approved', Read.extend({ approvedBy: Person }))

/** An invoice with which something is wrong, and what: a person has to correct it. */
export const Faulty = state('Faulty', Paper.extend({ why: z.string() }))

/** An invoice that the ledger has booked, and under which number. */
export const Posted = state(
  'Posted',
  z.object({
    number: InvoiceNumber,
    supplier: z.string(),
    totalCents: Cents,
    approvedBy: Person,
    booking: z.string(),
  }),
)

/** An invoice that is not paid, who says so, and why. */
export const Rejected = state('Rejected', z.object({ number: InvoiceNumber, by: Person, why: z.string() }))
