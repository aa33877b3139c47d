import { memory } from '../../../src/backends/memory.ts'
import { makeQueues } from '../../../src/index.ts'
import { Random } from '../../../src/testing/backend-model/random.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { ledgerOver } from '../../../workflows/invoices/ledger.ts'
import { readPrices } from '../../../workflows/invoices/price-list.ts'
import type { Tuning } from '../../../workflows/invoices/stages/tuning.ts'
import { type Failing, LedgerBook } from '../../../workflows/invoices/toy-ledger/ledger-book.ts'
import { makeInvoices } from '../../../workflows/invoices/workflow.ts'

export const prices = await readPrices('workflows/invoices/prices.yaml')

/** A ledger that never fails. */
export const calm: Failing = { fraction: () => 0.5, failing: 0, busy: 0 }

/** A ledger that fails as a seed decides. */
export function moody(seed: number): Failing {
  const random = new Random(seed)
  return { fraction: () => random.fraction() }
}

/** The workflow in memory, with its workers, on a clock that the test moves. */
export async function openOffice({
  failing = calm,
  tuning = {},
}: {
  failing?: Failing
  tuning?: Tuning
} = {}) {
  const clock = new FakeClock()
  const backend = memory({ clock })
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
