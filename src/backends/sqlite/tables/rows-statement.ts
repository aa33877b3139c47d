import type { Connection } from '../file/connection.ts'
import type { Statement } from '../file/open-database.mjs'

const sizes = [64, 16, 4, 1] as const

/**
 * A statement that takes many rows at once. The call is half the cost of a short statement, so a turn gathers its rows and
 * runs one statement for 64, 16, 4 or 1 of them at a time.
 */
export class RowsStatement<Row> {
  readonly #db: Connection
  readonly #sql: (rows: string) => string
  readonly #cells: string
  readonly #bind: (binds: unknown[], row: Row) => void
  readonly #prepared = new Map<number, Statement<unknown[]>>()

  /**
   * `sql` is made for `rows`, the text after `values`; each row has `columns` cells, which `bind` appends. Values that all
   * rows share are bound by name.
   */
  constructor(
    db: Connection,
    definition: {
      readonly columns: number
      readonly sql: (rows: string) => string
      readonly bind: (binds: unknown[], row: Row) => void
    },
  ) {
    this.#db = db
    this.#sql = definition.sql
    this.#cells = `(${Array(definition.columns).fill('?').join(', ')})`
    this.#bind = definition.bind
  }

  /** Runs it for all `rows`, with the names of `same` bound; returns how many rows of the table it has changed. */
  run(rows: readonly Row[], same?: object): number {
    let changed = 0
    for (let next = 0; next < rows.length; ) {
      const size = sizeFor(rows.length - next)
      changed += this.#of(size).run(...this.#binds(rows, next, size, same)).changes
      next += size
    }
    return changed
  }

  /** Runs a query that gives one number for all `rows`; returns the sum. */
  sum(rows: readonly Row[]): number {
    let sum = 0
    for (let next = 0; next < rows.length; ) {
      const size = sizeFor(rows.length - next)
      const [number] = this.#of(size)
        .raw()
        .get(...this.#binds(rows, next, size)) as [number]
      sum += number
      next += size
    }
    return sum
  }

  /** Runs a statement that returns rows for all `rows`, as arrays, with the names of `same` bound. */
  all<Returned>(rows: readonly Row[], same?: object): readonly Returned[] {
    const returned: Returned[] = []
    for (let next = 0; next < rows.length; ) {
      const size = sizeFor(rows.length - next)
      const found = this.#of(size)
        .raw()
        .all(...this.#binds(rows, next, size, same)) as Returned[]
      for (const each of found) returned.push(each)
      next += size
    }
    return returned
  }

  #binds(rows: readonly Row[], from: number, size: number, same?: object): unknown[] {
    const binds: unknown[] = []
    for (let i = from; i < from + size; i++) this.#bind(binds, rows[i]!)
    if (same) binds.push(same)
    return binds
  }

  #of(size: number): Statement<unknown[]> {
    const known = this.#prepared.get(size)
    if (known) return known
    const statement = this.#db.prepare<unknown[]>(this.#sql(Array(size).fill(this.#cells).join(', ')))
    this.#prepared.set(size, statement)
    return statement
  }
}

function sizeFor(left: number): number {
  return sizes.find((size) => size <= left)!
}
