import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'

/** An open ledger. */
export type LedgerFile = ReturnType<typeof openDatabase>

const version = 1
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
  pragma user_version = ${version};
`

/**
 * Opens the ledger at `path`, which is made if it is not there. Throws a sentence if it cannot, or if the file is no ledger that this
 * version knows; such a file is left as it is.
 */
export function openLedgerFile(path: string): LedgerFile {
  let file: LedgerFile | undefined
  try {
    mkdirSync(dirname(path), { recursive: true })
    file = openDatabase(path)
    file.pragma('busy_timeout = 10000')
    refuseOther(file)
    file.pragma('journal_mode = wal')
    // All of it can be had from GRIN, and from the export, again.
    file.pragma('synchronous = normal')
    file.transaction(() => file?.exec(schema)).immediate()
    return file
  } catch (cause) {
    file?.close()
    throw new Error(`The ledger ${path} cannot be opened: ${(cause as Error).message}`, { cause })
  }
}

function refuseOther(file: LedgerFile): void {
  const found = file.pragma('user_version', { simple: true })
  const tables = file
    .prepare<[], string>("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
    .pluck()
    .all()
  if (tables.some((name) => name !== 'books' && name !== 'refreshes'))
    throw new Error('it is another database; give the ledger a file of its own.')
  if (Number(found) > version)
    throw new Error(
      `it is of a newer version of the app, ${found} where this one knows ${version}; start that version, or remove the file: it is filled again.`,
    )
}
