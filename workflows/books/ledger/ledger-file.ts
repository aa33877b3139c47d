import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'

/** An open ledger. */
export type LedgerFile = ReturnType<typeof openDatabase>

const schema = `
  create table if not exists books (
    barcode text primary key,
    -- What GRIN says of it: dates in ISO, without a zone; null for none.
    scanned text,
    processed text,
    analyzed text,
    converted text,
    ocrd text,
    state text not null check (state in ('new', 'in process', 'converted', 'failed', 'gone')),
    failure text,
    -- What storage has of it: the version at GRIN, and when it was stored.
    etag text,
    stored text,
    title text,
    -- When GRIN was asked about this book alone, last.
    looked text,
    -- When a token for it was made last; null again when GRIN has converted it anew.
    wanted text
  ) strict, without rowid;
  create index if not exists books_to_do on books (state, barcode) where wanted is null;
  create table if not exists refreshes (
    at text not null,
    list text not null,
    books integer not null,
    changed integer not null
  ) strict;
  pragma user_version = 1;
`

/** Opens the ledger at `path`, which is made if it is not there. Throws what SQLite throws. */
export function openLedgerFile(path: string): LedgerFile {
  mkdirSync(dirname(path), { recursive: true })
  const file = openDatabase(path)
  file.pragma('journal_mode = wal')
  // All of it can be had from GRIN, and from the export, again.
  file.pragma('synchronous = normal')
  file.pragma('busy_timeout = 10000')
  file.exec(schema)
  return file
}
