import type { Connection } from '../file/connection.ts'

/*
 * The words of texts, folded by `wordsOf`, in an index of FTS5; `ascii` splits them at spaces and nowhere else. It keeps these words, since
 * without them only a newer SQLite than many distributions have could drop a row, or open the table at all.
 * `pw_texts` says of which stay a token's text is: as with marks, that of another stay is seen no more, until the keeper drops it.
 */
const createTables = `
  create table pw_texts (token integer primary key, queue integer not null, hop integer not null) strict;
  create virtual table pw_text using fts5 (words, columnsize = 0, tokenize = 'ascii');`

/** Makes the tables of texts, in the transaction that is open. */
export function createTexts(db: Connection): void {
  db.exec(createTables)
}
