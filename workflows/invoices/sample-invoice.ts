import type { Line } from './invoice.ts'
import { writeInvoice } from './write-invoice.ts'

const suppliers = ['Paper & Sons', 'Paper & Sons', 'The Pencil', 'Staples of Rome']
const articles: readonly Omit<Line, 'quantity'>[] = [
  { article: 'paper-a4', priceCents: 450 },
  { article: 'pencil', priceCents: 35 },
  { article: 'stapler', priceCents: 899 },
]

/** The `n`th sample, three lines long; in every fifth one a price is too high. */
export function sampleInvoice(n: number): { readonly number: string; readonly text: string } {
  const number = `sample-${n}`
  const lines = articles.map(({ article, priceCents }, i) => ({
    article,
    quantity: 1 + ((n * 3 + i) % 7),
    priceCents: n % 5 === 0 && i === 1 ? 2 * priceCents : priceCents,
  }))
  return { number, text: writeInvoice({ number, supplier: suppliers[n % suppliers.length]!, lines }) }
}
