import type { Leased } from '../../../queue/rows.ts'
import type { Term } from '../../../queue/rules/stay.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import { leasedOf } from '../tables/row.ts'
import type { LeaseRows } from './lease-rows.ts'
import type { ReadyCells } from './ready.ts'

/** A message that was leased, and the number of its token. */
export interface Found {
  readonly token: number
  readonly message: Leased
}

/** Leases what was found ready in a queue, and tells the meters how long what is leased for the first time has waited. */
export function leaseCells(
  open: OpenTransaction,
  rows: LeaseRows,
  {
    queue,
    cells,
    term,
  }: {
    readonly queue: number
    readonly cells: readonly ReadyCells[]
    readonly term: Term & { readonly alone: boolean }
  },
): Found[] {
  rows.lease(queue, cells, term)
  for (const each of cells) if (each[9] === 0) open.meters.tellLease(queue, { ageMs: open.now - each[12] })
  return cells.map((each) => ({ token: each[0], message: leasedOf(each, each[9] + 1) }))
}
