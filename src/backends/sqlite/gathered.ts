import type { QueueTable } from './queue-table.ts'

/** What a transaction that is open is going to do to the tables of queues, as rows of each table. */
export class Gathered<Row> {
  readonly #rows = new Map<QueueTable, Row[]>()

  add(table: QueueTable, row: Row): void {
    const rows = this.#rows.get(table)
    if (rows) rows.push(row)
    else this.#rows.set(table, [row])
  }

  /** What is gathered for `table`; to be changed in place. */
  at(table: QueueTable): Row[] | undefined {
    return this.#rows.get(table)
  }

  /** Takes what is gathered for `table`. */
  take(table: QueueTable): readonly Row[] | undefined {
    const rows = this.#rows.get(table)
    if (rows) this.#rows.delete(table)
    return rows
  }

  tables(): Iterable<QueueTable> {
    return this.#rows.keys()
  }

  clear(): void {
    this.#rows.clear()
  }
}
