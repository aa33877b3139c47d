import { MeterCell } from '../../../queue/rules/meter-cell.ts'
import { hourMs, metersForMs, minuteMs, minutesForMs, type Placed } from '../../../queue/rules/metering.ts'
import type { Connection } from '../file/connection.ts'
import { type MeterCells, meterColumns, readCell } from './meter-cells.ts'

/** So many rows are made hours at once, that no transaction gets long. */
const batch = 500
const noTarget = 0

/** The statements on the table of meters. */
export class MeterRows {
  readonly #find
  readonly #put
  readonly #old
  readonly #drop
  readonly #prune

  constructor(db: Connection) {
    const which = 'ms = ? and at = ? and queue = ? and target = ?'
    this.#find = db
      .prepare<unknown[], MeterCells>(`select ${meterColumns} from pw_meters where ${which}`)
      .raw()
    this.#put = db.prepare<unknown[]>(
      `insert or replace into pw_meters (${meterColumns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#old = db
      .prepare<[number], MeterCells>(
        `select ${meterColumns} from pw_meters where ms = ${minuteMs} and at < ? order by at limit ${batch}`,
      )
      .raw()
    this.#drop = db.prepare<unknown[]>(`delete from pw_meters where ${which}`)
    this.#prune = db.prepare<[number]>(`delete from pw_meters where ms = ${hourMs} and at < ?`)
  }

  /** Adds a cell to the row of its place, by the minute or by the hour. */
  add({ at, queue, to = noTarget, cell }: Placed<number>, ms = minuteMs): void {
    const start = at - (at % ms)
    const found = this.#find.get(ms, start, queue, to)
    const sum = found ? readCell(found) : new MeterCell()
    sum.add(cell)
    const { entered, moved, failed, age, work } = sum
    const spreads = [JSON.stringify(age.buckets), age.sumMs, JSON.stringify(work.buckets), work.sumMs]
    this.#put.run(ms, start, queue, to, entered, moved, failed, ...spreads)
  }

  /** Makes hours of some of the minutes that are long ago, and drops hours that are longer ago. Returns whether there may be more. */
  tidy(now: number): boolean {
    const old = this.#old.all(now - minutesForMs)
    for (const cells of old) {
      const [ms, at, queue, to] = cells
      this.add({ at, queue, to, cell: readCell(cells) }, hourMs)
      this.#drop.run(ms, at, queue, to)
    }
    if (old.length === batch) return true
    this.#prune.run(now - metersForMs)
    return false
  }
}
