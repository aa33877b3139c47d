import * as z from 'zod'
import { Cents, sayCents } from './cents.ts'
import { Invoice, InvoiceNumber } from './invoice.ts'
import { InvoiceError } from './invoice-error.ts'
import { ledgerGate } from './ledger-gate.ts'

/** What is to be booked. */
export const Entry = z.object({
  number: InvoiceNumber,
  ...Invoice.pick({ supplier: true, totalCents: true }).shape,
})
export type Entry = z.infer<typeof Entry>

/** What the ledger has booked, under a number of its own. */
const Booking = z.object({ booking: z.string().min(1), totalCents: Cents })

/** The ledger, in which what was booked cannot be undone from here. */
export interface Ledger {
  /**
   * Books `entry`, once for each key: a second request with a key is answered as the first was. Resolves with the number of the
   * booking.
   */
  readonly book: (
    entry: Entry,
    options: { readonly key: string; readonly signal: AbortSignal },
  ) => Promise<string>
}

/** An answer of the ledger. */
export interface LedgerAnswer {
  readonly status: number
  /** The header `retry-after`. */
  readonly retryAfter?: string | undefined
  readonly body: unknown
}

/** Brings a request to the ledger, which may have booked it although no answer comes. */
export type Send = (request: {
  readonly key: string
  readonly entry: Entry
  readonly signal: AbortSignal
}) => Promise<LedgerAnswer>

/** How long the ledger is left alone where it does not say. */
const usualWaitMs = 10_000

/** The ledger to which `send` brings requests. */
export function ledgerOver(send: Send): Ledger {
  return {
    async book(entry, { key, signal }) {
      const answer = await send({ key, entry, signal })
      if (answer.status === 429) throw busy(answer)
      // What it refuses as it is, it would refuse again.
      if (answer.status >= 400 && answer.status < 500)
        throw new InvoiceError(`The ledger refuses it: ${sayBody(answer)}`)
      if (answer.status !== 200)
        throw new Error(`The ledger has answered ${answer.status}: ${sayBody(answer)}`)
      const { booking, totalCents } = Booking.parse(answer.body)
      if (totalCents === entry.totalCents) return booking
      throw new InvoiceError(
        `The ledger has booked it before, as ${booking} with ${sayCents(totalCents)}: have that undone there, or reject it.`,
      )
    },
  }
}

/** Closes the gate for all processes until the ledger wants to hear of us again; the attempt is not charged. */
function busy({ retryAfter }: LedgerAnswer): Error {
  const closeGate = {
    name: ledgerGate.name,
    forMs: waitOf(retryAfter),
    reason: 'the ledger has answered 429',
  }
  return Object.assign(new Error('The ledger has too much to do.'), { closeGate })
}

function waitOf(retryAfter = ''): number {
  const ms = /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now()
  return ms >= 0 ? ms : usualWaitMs
}

function sayBody({ body }: LedgerAnswer): string {
  return (typeof body === 'string' ? body : JSON.stringify(body ?? '')).slice(0, 500)
}
