import { mkdirSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { databaseUrl, defineApp, filePath, openBackend } from 'pipewright'
import * as z from 'zod'
import { saveFile } from '../workflows/correction/save-file.ts'
import { httpLedger } from '../workflows/invoices/http-ledger.ts'
import { fileInvoice } from '../workflows/invoices/outbox.ts'
import { readPrices } from '../workflows/invoices/price-list.ts'
import { rent } from '../workflows/invoices/rent.ts'
import { sampleInvoice } from '../workflows/invoices/sample-invoice.ts'
import { Person, Received } from '../workflows/invoices/states.ts'
import { makeInvoices } from '../workflows/invoices/workflow.ts'

const Config = z.object({
  /** The folder of the invoices that come in, `{number}.yaml` each. */
  inbox: filePath().default('data/invoices/inbox'),
  /** The folder in which those that are posted or rejected are handed over. */
  outbox: filePath().default('data/invoices/outbox'),
  /** The price list. */
  prices: filePath().default(fileURLToPath(new URL('../workflows/invoices/prices.yaml', import.meta.url))),
  /** Where the ledger is served. */
  ledger: z.url().default('http://127.0.0.1:4800'),
  /** Who has entered the invoices of the inbox, and so may not approve them. */
  clerk: Person.default('mail room'),
  /** How long an approval may take before the second desk is asked. */
  approveWithinHours: z.number().positive().max(8760).default(72),
  /** Where the queues are: a SQLite file, or a URL. */
  database: databaseUrl().default('data/invoices/queues.db'),
})

/** The invoices: three workers, a join, and three desks. */
export default defineApp({
  name: 'invoices',
  config: Config,
  open: ({ inbox, outbox, prices, ledger, clerk, approveWithinHours, database }) => {
    for (const each of [inbox, outbox]) mkdirSync(each, { recursive: true })
    return {
      workflow: makeInvoices({ approveWithinMs: approveWithinHours * 3_600_000 }),
      backend: () => openBackend(database),
      context: async () => ({ prices: await readPrices(prices), ledger: httpLedger(ledger), outbox }),
      idOf: (value) => value.number,
      seed: {
        value: async (number) =>
          Received({ number, text: await readFile(join(inbox, `${number}.yaml`), 'utf8'), hands: [clerk] }),
        all: () => findInvoices(inbox),
        sample: (count) => makeSamples(inbox, count),
      },
      cron: { rent },
    }
  },
  done: (token, given) => fileInvoice(token, given),
})

async function* findInvoices(inbox: string) {
  for (const name of await readdir(inbox)) if (name.endsWith('.yaml')) yield name.slice(0, -'.yaml'.length)
}

/** Writes `count` invoices; every fifth has a price that is too high. */
async function* makeSamples(inbox: string, count: number) {
  for (let n = 1; n <= count; n++) {
    const { number, text } = sampleInvoice(n)
    await saveFile(join(inbox, `${number}.yaml`), Buffer.from(text))
    yield number
  }
}
