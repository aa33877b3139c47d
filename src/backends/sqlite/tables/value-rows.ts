import type { Connection } from '../file/connection.ts'
import { RowsStatement } from './rows-statement.ts'

/** What a stay is that begins: JSON texts, null for none. */
export interface BegunStay {
  readonly token: number
  readonly hop: number
  readonly value: string | null
  readonly frames: string | null
}

/** A stay whose value is in the row of its token. */
export interface PresentStay {
  readonly token: number
  readonly hop: number
}

/** The statements that keep values of stays, many at once. Of one stay the first value counts. */
export class ValueRows {
  readonly #keep: RowsStatement<BegunStay>
  readonly #copy: RowsStatement<PresentStay>

  constructor(db: Connection) {
    this.#keep = new RowsStatement(db, {
      columns: 4,
      bind: (binds, { token, hop, value, frames }) => void binds.push(token, hop, value, frames),
      sql: (rows) =>
        `insert into pw_values (token, hop, value, frames) values ${rows} on conflict do nothing`,
    })
    this.#copy = new RowsStatement(db, {
      columns: 2,
      bind: (binds, { token, hop }) => void binds.push(token, hop),
      // A cross join keeps this order: each row of the table is found by its key.
      sql: (rows) =>
        `insert into pw_values (token, hop, value, frames)
           select t.token, t.hop, t.value, t.frames from (values ${rows}) v cross join pw_tokens t
             where t.token = v.column1 and t.hop = v.column2 on conflict do nothing`,
    })
  }

  /** Keeps what stays are as they begin. */
  keep(stays: readonly BegunStay[]): void {
    this.#keep.run(stays)
  }

  /** Keeps what is in the rows of these tokens now, if they are still in these stays. */
  copy(stays: readonly PresentStay[]): void {
    this.#copy.run(stays)
  }
}
