import { BackendError } from '../queue/errors.ts'
import { type Cell, keyOf, placeIn, type Row, type Table } from './tables.ts'

/** How rows of a source become those of a target. */
export interface Terms {
  /** What is added to the ends of leases, in milliseconds. */
  readonly shiftMs: number
  readonly keepsNul: boolean
}

/**
 * The rows of a source as the target is to have them. Throws a `BackendError` for a whole number that JavaScript does not have, which
 * only an edit by hand can have put there.
 */
export function canonical(table: Table, rows: readonly Row[], { shiftMs, keepsNul }: Terms): readonly Row[] {
  const shifted = table.name === 'tokens' ? ['until', 'deadline'].map((column) => placeIn(table, column)) : []
  return rows.map((row) => {
    let changed: Cell[] | undefined
    for (let at = 0; at < row.length; at++) {
      const cell = row[at]!
      if (typeof cell === 'number') {
        if (!Number.isInteger(cell)) continue
        if (!Number.isSafeInteger(cell) && table.columns[at]!.kind !== 'real') throw tooLarge(table, row, at)
      } else if (typeof cell === 'string' && !keepsNul && cell.includes('\0')) {
        changed ??= [...row]
        changed[at] = cell.replaceAll('\0', '\ufffd')
      }
    }
    for (const at of shifted) {
      const time = row[at]
      if (typeof time !== 'number' || shiftMs === 0) continue
      changed ??= [...row]
      changed[at] = time + shiftMs
    }
    return changed ?? row
  })
}

function tooLarge(table: Table, row: Row, at: number): BackendError {
  return new BackendError(
    `The column "${table.columns[at]!.name}" of the row ${sayKey(table, row)} of ${table.name} has a number that is too large (${row[at]}); it was edited by hand. Put it right; then run this again.`,
  )
}

/** The key of a row, for sentences. */
export function sayKey(table: Table, row: Row): string {
  return keyOf(table, row).map(String).join(' ')
}
