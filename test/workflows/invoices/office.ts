import { makeQueues } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { ledgerOver } from '../../../workflows/invoices/ledger.ts'
import { readPrices } from '../../../workflows/invoices/price-list.ts'
import { readInvoice } from '../../../workflows/invoices/read-invoice.ts'
import type { Tuning } from '../../../workflows/invoices/stages/tuning.ts'
import { type Failing, LedgerBook } from '../../../workflows/invoices/toy-ledger/ledger-book.ts'
import { makeInvoices } from '../../../workflows/invoices/workflow.ts'
import { writeInvoice } from '../../../workflows/invoices/write-invoice.ts'
import { openUsual } from '../../on/open.ts'

export const prices = await readPrices('workflows/invoices/prices.yaml')

/** An invoice with no price above the list, as a person corrects it. */
export function corrected(number: string, text: string): string {
  const { supplier, lines } = readInvoice(number, text)
  const right = lines.map((line) => ({
    ...line,
    priceCents: Math.min(line.priceCents, prices(line.article)!),
  }))
  return writeInvoice({ number, supplier, lines: right })
}

/** A ledger that never fails. */
export const calm: Failing = { fraction: () => 0.5, failing: 0, busy: 0 }

/** The workflow in memory, with its workers, on a clock that the test moves. */
export async function openOffice({
  failing = calm,
  tuning = {},
}: {
  failing?: Failing
  tuning?: Tuning
} = {}) {
  const clock = new FakeClock()
  const backend = await openUsual({ clock })
  const book = new LedgerBook(failing)
  const ledger = ledgerOver(async ({ key, entry }) => book.answer(key, entry))
  const invoices = makeInvoices(tuning)
  const queues = await makeQueues(invoices, backend, 'invoices', { clock, idOf: ({ number }) => number })
  const { parse, check, approve, escalation, post, correct } = queues.artifacts({ prices, ledger })
  const stop = new AbortController()
  const running = [parse, check.join, check.each, post].map((run) => run(stop.signal))
  return {
    ...{ clock, backend, book, queues, approve, escalation, correct },
    close: async () => {
      stop.abort()
      await Promise.all(running)
      await backend.close()
    },
  }
}
