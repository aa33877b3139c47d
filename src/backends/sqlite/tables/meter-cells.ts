import { parseText } from '../../../queue/parse-text.ts'
import { MeterCell } from '../../../queue/rules/meter-cell.ts'

/** The columns of a row of the table of meters, in the order of `MeterCells`. */
export const meterColumns = 'ms, at, queue, target, entered, moved, failed, age, age_ms, work, work_ms'

/** A row of the table of meters as SQLite gives it. */
export type MeterCells = [
  ms: number,
  at: number,
  queue: number,
  target: number,
  entered: number,
  moved: number,
  failed: number,
  age: string,
  ageMs: number,
  work: string,
  workMs: number,
]

/** What such a row has counted. */
export function readCell(cells: MeterCells): MeterCell {
  const cell = new MeterCell()
  cell.add({
    entered: cells[4],
    moved: cells[5],
    failed: cells[6],
    age: { buckets: bucketsOf(cells[7]), sumMs: cells[8] },
    work: { buckets: bucketsOf(cells[9]), sumMs: cells[10] },
  })
  return cell
}

/** The buckets of a spread in such a row, which may have been edited by hand. */
export function bucketsOf(text: string): readonly number[] {
  if (text === '[]') return []
  const buckets = parseText<unknown>(text)
  return Array.isArray(buckets) && buckets.every(isTimes) ? buckets : []
}

function isTimes(times: unknown): boolean {
  return typeof times === 'number'
}
