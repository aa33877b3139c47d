// The invoices with other times, for processes that are killed: `work` of the CLI runs it.
import { defineApp, filePath } from 'pipewright'
import { sqlite } from 'pipewright/sqlite'
import * as z from 'zod'
import { httpLedger } from '../../../workflows/invoices/http-ledger.ts'
import { fileInvoice } from '../../../workflows/invoices/outbox.ts'
import { readPrices } from '../../../workflows/invoices/price-list.ts'
import { makeInvoices } from '../../../workflows/invoices/workflow.ts'

// An invoice may be unlucky, and alone in a process that is killed, more often than three times.
const work = { leaseMs: 1000, crashes: 50, retry: { attempts: 3, minMs: 20, maxMs: 200 } }

export const invoices = makeInvoices({ work, approveWithinMs: 1500 })

export default defineApp({
  name: 'invoices',
  config: z.object({ database: filePath(), outbox: filePath(), prices: filePath(), ledger: z.url() }),
  open: ({ database, outbox, prices, ledger }) => ({
    workflow: invoices,
    backend: () => sqlite(database),
    context: async () => ({ prices: await readPrices(prices), ledger: httpLedger(ledger), outbox }),
  }),
  done: { ...work, process: (token, given) => fileInvoice(token, given) },
})
