import type { Connection } from '../file/connection.ts'

/*
 * The words of texts, folded by `wordsOf`, in an index of FTS5 that keeps no text; `ascii` splits them at spaces and nowhere else.
 * `pw_texts` says of which stay a token's text is: as with marks, that of another stay is seen no more, until the keeper drops it.
 */
const createTables = `
  create table pw_texts (token integer primary key, queue integer not null, hop integer not null) strict;
  create virtual table pw_text using fts5 (words, content = '', contentless_delete = 1, tokenize = 'ascii');`

/** Makes the tables of texts, in the transaction that is open. */
export function createTexts(db: Connection): void {
  db.exec(createTables)
}
