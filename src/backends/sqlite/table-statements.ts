import type { Connection } from './connection.ts'
import type { Statement } from './open-database.mjs'
import { prepared } from './prepared.ts'

/** Statements on the table of one queue, each prepared when it is first asked for. */
export abstract class TableStatements {
  protected readonly table: string
  readonly #db: Connection

  constructor(db: Connection, table: string) {
    this.#db = db
    this.table = table
  }

  protected prepare<Result>(sql: string): Statement<unknown[], Result> {
    return prepared<unknown[], Result>(this.#db, sql)
  }
}
