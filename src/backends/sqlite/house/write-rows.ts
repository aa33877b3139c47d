import { type Cell, placeIn, type Row, type Table } from '../../../move/tables.ts'
import { BackendError } from '../../../queue/errors.ts'
import { type Event, eventNumbers } from '../file/history-events.ts'
import type { Connection } from '../file/open-database.mjs'
import { inboxOf } from '../inbox/inbox-rows.ts'
import { createInbox } from '../tables/inbox-table.ts'
import { Owners } from '../tables/owners.ts'
import { prepared } from '../tables/prepared.ts'

/** Writes rows into the tables, in the transaction that is open. */
export class RowWriter {
  readonly #db: Connection
  readonly #owners: Owners

  constructor(db: Connection) {
    this.#db = db
    this.#owners = new Owners(db)
  }

  write(table: Table, rows: readonly Row[]): void {
    switch (table.name) {
      case 'queues':
        return this.#insert(table, rows, { made_by: () => 'pipewright move-to' })
      case 'history':
        return this.#insert(table, rows.map(this.#toLine(table)))
      case 'marks':
        return this.#writeMarks(table, rows)
      case 'texts':
        return this.#writeTexts(rows)
      case 'inbox':
        return this.#writeEntries(rows)
      default:
        return this.#insert(table, rows)
    }
  }

  /** Keeps what was learnt of owners: the transaction has been committed. */
  committed(): void {
    this.#owners.committed()
  }

  discard(): void {
    this.#owners.clear()
  }

  #insert(table: Table, rows: readonly Row[], more: Readonly<Record<string, () => Cell>> = {}): void {
    const names = [...table.columns.map(({ name }) => name), ...Object.keys(more)]
    const statement = prepared<unknown[], never>(
      this.#db,
      `insert into pw_${table.name} (${names.map((name) => `"${name}"`).join(', ')}) values (${names.map(() => '?').join(', ')})`,
    )
    const others = Object.values(more).map((cell) => cell())
    for (const row of rows) statement.run(others.length > 0 ? [...row, ...others] : row)
  }

  #toLine(table: Table): (row: Row) => Row {
    const [event, owner] = [placeIn(table, 'event'), placeIn(table, 'owner')]
    return (row) => {
      const line = [...row]
      const number = eventNumbers[row[event] as Event]
      if (number === undefined)
        throw new BackendError(`The history has a line of an unknown event, "${row[event]}".`)
      line[event] = number
      line[owner] = row[owner] === null ? null : this.#owners.refOf(row[owner] as string)
      return line
    }
  }

  #writeMarks(table: Table, rows: readonly Row[]): void {
    const at = (name: string) => placeIn(table, name)
    const [token, hop, queue, mark, number, text] = ['token', 'hop', 'queue', 'mark', 'number', 'text'].map(
      at,
    ) as [number, number, number, number, number, number]
    const statement = prepared<unknown[], never>(
      this.#db,
      'insert into pw_marks (queue, mark, value, token, hop) values (?, ?, ?, ?, ?)',
    )
    for (const row of rows)
      statement.run(row[queue], row[mark], row[text] ?? row[number], row[token], row[hop])
  }

  #writeTexts(rows: readonly Row[]): void {
    const stay = prepared<unknown[], never>(
      this.#db,
      'insert into pw_texts (token, queue, hop) values (?, ?, ?)',
    )
    const text = prepared<unknown[], never>(this.#db, 'insert into pw_text (rowid, words) values (?, ?)')
    for (const [token, queue, hop, words] of rows) {
      stay.run(token, queue, hop)
      text.run(token, words)
    }
  }

  #writeEntries(rows: readonly Row[]): void {
    for (const [workflow, ...cells] of rows) {
      if (!inboxOf(this.#db, workflow as string)) createInbox(this.#db, workflow as string)
      const { name } = inboxOf(this.#db, workflow as string)!
      prepared<unknown[], never>(
        this.#db,
        `insert into ${name} (n, id, value, priority, state, why, entered_at) values (?, ?, ?, ?, ?, ?, ?)`,
      ).run(...cells)
    }
  }
}
