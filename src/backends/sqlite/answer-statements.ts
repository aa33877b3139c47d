import type { Statement } from './open-database.mjs'
import { fenced, type Peeked, unleased } from './queue-schema.ts'
import { TableStatements } from './table-statements.ts'

/** The statements on the table of one queue that answer, or change one message, but for those of a hop. */
export class AnswerStatements extends TableStatements {
  /** Puts in a message that is delayed. */
  get pushDelayed(): Statement<unknown[], never> {
    return this.prepare<never>(`insert into ${this.table} (token, id, hop, value, priority, deploy, frames, parent, entered_at, status, due)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, 'delayed', ?)`)
  }

  /** Takes a message out whoever holds it. */
  get remove(): Statement<unknown[], { hop: number }> {
    return this.prepare<{ hop: number }>(`delete from ${this.table} where token = ? returning hop`)
  }

  /** What a decision about one message needs to know of it. */
  get peek(): Statement<unknown[], Peeked> {
    return this.prepare<Peeked>(`select token, hop, status, until, due from ${this.table} where token = ?`)
  }

  get postpone(): Statement<unknown[], never> {
    return this.prepare<never>(`update ${this.table} set status = ?, due = ?, attempts = attempts + ?, suspect = max(suspect * ?, ?),
         error = coalesce(?, error), ${unleased} where ${fenced}`)
  }

  get bury(): Statement<unknown[], never> {
    return this.prepare<never>(`update ${this.table} set status = 'dead', suspect = 0, error = coalesce(?, error),
         attempts = max(attempts, ?), ${unleased}
         where ${fenced}`)
  }

  get progress(): Statement<unknown[], never> {
    return this.prepare<never>(`update ${this.table} set progress = ? where ${fenced}`)
  }

  get accompany(): Statement<unknown[], never> {
    return this.prepare<never>(`update ${this.table} set alone = 0 where ${fenced}`)
  }

  get revive(): Statement<unknown[], never> {
    return this.prepare<never>(`update ${this.table} set status = 'ready', suspect = 0, attempts = 0, crashes = 0
         where token = ? and status = 'dead'`)
  }
}
