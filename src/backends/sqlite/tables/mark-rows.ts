import type { Connection } from '../file/connection.ts'
import { RowsStatement } from './rows-statement.ts'

/** A mark of a stay. */
export interface MarkRow {
  readonly queue: number
  readonly token: number
  readonly hop: number
  readonly name: string
  readonly value: string | number
}

/** The statements on marks. */
export class MarkRows {
  readonly #drop
  readonly #dropAll: RowsStatement<number>
  readonly #insert: RowsStatement<MarkRow>
  readonly #raise
  readonly #bring

  constructor(db: Connection) {
    this.#drop = db.prepare<unknown[]>('delete from pw_marks where token = ? and mark = ?')
    this.#dropAll = new RowsStatement(db, {
      columns: 1,
      bind: (binds, token) => binds.push(token),
      sql: (rows) => `delete from pw_marks where token in (values ${rows})`,
    })
    this.#insert = new RowsStatement(db, {
      columns: 5,
      bind: (binds, { queue, name, value, token, hop }) => binds.push(queue, name, value, token, hop),
      sql: (rows) => `insert into pw_marks (queue, mark, value, token, hop) values ${rows}`,
    })
    this.#raise = db.prepare<unknown[]>('update pw_tokens set rev = rev + 1 where token = ?')
    this.#bring = db.prepare<unknown[]>(
      'update pw_tokens set source = ?, brought = ? where token = ? and hop = ?',
    )
  }

  /** Drops the marks of this name of a token, of whatever stay. */
  drop(token: number, name: string): void {
    this.#drop.run(token, name)
  }

  /** Drops all marks of tokens. */
  dropAll(tokens: readonly number[]): void {
    this.#dropAll.run(tokens)
  }

  insert(rows: readonly MarkRow[]): void {
    this.#insert.run(rows)
  }

  /** Raises the revision of a token. */
  raise(token: number): void {
    this.#raise.run(token)
  }

  /** Writes from where and by which fault a token has come to a stay. */
  bring({ token, hop }: { token: number; hop: number }, source: number, fault: string): void {
    this.#bring.run(source, fault, token, hop)
  }
}
