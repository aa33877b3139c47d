import type { Leased } from '../../../queue/rows.ts'
import { type LeasedCells, leasedOf } from '../tables/row.ts'

/** A message that was leased, and the number of its token. */
export interface Found {
  readonly token: number
  readonly message: Leased
}

/** What was found in a row that is leased now. */
export function foundOf(cells: LeasedCells): Found {
  return { token: cells[0], message: leasedOf(cells, cells[9] + 1) }
}
