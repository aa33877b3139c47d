import { BackendError } from '../queue/errors.ts'
import { Page, sayKey } from './page.ts'
import { type Cell, keyOf, placeIn, type Row, type Table } from './tables.ts'

/** How rows of a source become those of a target. */
export interface Terms {
  /** What is added to the ends of leases, in milliseconds. */
  readonly shiftMs: number
  readonly source: { readonly keepsNul: boolean; readonly hasAnyNumber: boolean }
  readonly target: { readonly keepsNul: boolean }
}

/**
 * A page of a source as the target is to have it. Throws a `BackendError` for a whole number that JavaScript does not have, which only an
 * edit by hand can have put there.
 */
export function canonical(page: Page, { shiftMs, source, target }: Terms): Page {
  const { table } = page
  const isShifted = table.name === 'tokens' && shiftMs !== 0
  const loses = source.keepsNul && !target.keepsNul
  if (!isShifted && !loses && !source.hasAnyNumber) return page
  const times = isShifted ? ['until', 'deadline'].map((column) => placeIn(table, column)) : []
  return Page.ofRows(
    table,
    page.rows.map((row) => {
      const changed = changeOf(table, row, loses)
      return times.length === 0 ? changed : shifted(changed, times, shiftMs)
    }),
  )
}

function changeOf(table: Table, row: Row, losesNul: boolean): Row {
  let changed: Cell[] | undefined
  for (let at = 0; at < row.length; at++) {
    const cell = row[at]!
    if (typeof cell === 'number') {
      if (!Number.isInteger(cell) || Number.isSafeInteger(cell) || table.columns[at]!.kind === 'real')
        continue
      throw new BackendError(
        `The column "${table.columns[at]!.name}" of the row ${sayKey(keyOf(table, row))} of ${table.name} has a number that is too large (${cell}); it was edited by hand. Put it right, then run this again.`,
      )
    }
    if (losesNul && typeof cell === 'string' && cell.includes('\0')) {
      changed ??= [...row]
      changed[at] = cell.replaceAll('\0', '\ufffd')
    }
  }
  return changed ?? row
}

function shifted(row: Row, times: readonly number[], shiftMs: number): Row {
  if (times.every((at) => row[at] === null)) return row
  const cells = [...row]
  for (const at of times) if (typeof cells[at] === 'number') cells[at] = (cells[at] as number) + shiftMs
  return cells
}
