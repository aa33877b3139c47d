import { stringify } from 'yaml'
import { sayCents } from './cents.ts'
import type { Line } from './invoice.ts'

/** The text of an invoice, with the total of its lines. */
export function writeInvoice({
  number,
  supplier,
  lines,
}: {
  readonly number: string
  readonly supplier: string
  readonly lines: readonly Line[]
}): string {
  const totalCents = lines.reduce((sum, { quantity, priceCents }) => sum + quantity * priceCents, 0)
  return stringify({
    number,
    supplier,
    lines: lines.map(({ article, quantity, priceCents }) => ({
      article,
      quantity,
      price: sayCents(priceCents),
    })),
    total: sayCents(totalCents),
  })
}
