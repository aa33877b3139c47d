import type { CronSeed, Infer } from 'pipewright'
import { Received } from './states.ts'
import { writeInvoice } from './write-invoice.ts'

/** The rent, for which no invoice comes: on the first of each month, also of those in which nothing ran. */
export const rent: CronSeed<Infer<typeof Received>> = {
  at: '0 6 1 * *',
  timezone: 'Europe/Berlin',
  missed: 'all',
  id: numberOf,
  value: (slot) => {
    const lines = [{ article: 'rent', quantity: 1, priceCents: 120_000 }]
    const number = numberOf(slot)
    return Received({
      number,
      text: writeInvoice({ number, supplier: 'House & Home', lines }),
      hands: ['cron'],
    })
  },
}

function numberOf(slot: Date): string {
  return `rent-${slot.toISOString().slice(0, 7)}`
}
