import type { Connection } from '../file/connection.ts'
import { prepared } from './prepared.ts'

/** The stay that a text is of. */
interface TextOf {
  readonly token: number
  readonly queue: number
  readonly hop: number
}

/** The statements on texts, each prepared when it is first needed: few files have any. */
export class TextRows {
  readonly #db: Connection

  constructor(db: Connection) {
    this.#db = db
  }

  /** Writes the text of a stay; one of another stay of its token is gone. */
  write({ token, queue, hop }: TextOf, words: readonly string[]): void {
    this.#run('insert or replace into pw_texts (token, queue, hop) values (?, ?, ?)', token, queue, hop)
    this.#run('insert or replace into pw_text (rowid, words) values (?, ?)', token, words.join(' '))
  }

  /** Drops the text of a token, of whatever stay. */
  drop(token: number): void {
    this.#run('delete from pw_text where rowid in (select token from pw_texts where token = ?)', token)
    this.#run('delete from pw_texts where token = ?', token)
  }

  #run(sql: string, ...binds: readonly (string | number)[]): void {
    prepared<unknown[], never>(this.#db, sql).run(...binds)
  }
}
