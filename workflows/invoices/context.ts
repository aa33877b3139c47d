import type { Ledger } from './ledger.ts'
import type { PriceList } from './price-list.ts'

/** What the workers of this workflow have to be given. */
export interface InvoiceContext {
  readonly prices: PriceList
  readonly ledger: Ledger
}
