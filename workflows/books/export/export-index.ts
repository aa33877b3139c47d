/*
 * Beside `books_export.csv` lies `books_export.csv.index`, a small SQLite file. It is three things:
 *
 * - the lock: it is opened with `locking_mode = exclusive`, so that one process has it at a time. SQLite locks by the
 *   operating system, which releases the lock when a process dies, also in another container;
 * - the index: where the row of each book is. What is not indexed yet lies behind `indexed` in the CSV;
 * - the intent: what is about to be written into the CSV is here first, durably. Should the process die over it, the
 *   next one does it again.
 *
 * The CSV is what counts: without its index, or when another program has changed it, it is indexed anew.
 */
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isSqliteError, openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { sayDiskTrouble } from '../disk-trouble.ts'
import type { FileMark, Write } from './csv-file.ts'
import type { RowPlace } from './csv-rows.ts'

const schema = `
  create table if not exists places (barcode text primary key, at integer, length integer) strict, without rowid;
  create table if not exists file (
    size integer, modified text, inode text,
    indexed integer, -- the offset up to which rows are in places
    final integer    -- the size that the file has once all writes are done
  ) strict;
  create table if not exists writes (at integer, bytes blob) strict;
  insert into file select 0, '', '', 0, 0 where not exists (select 1 from file);
`
const againMs = 10

/** What is known of the file. */
export interface IndexState extends FileMark {
  readonly indexed: number
  readonly final: number
}

/** What is to become of the file, and of its index. */
export interface Change {
  readonly writes: readonly Write[]
  readonly places: ReadonlyMap<string, RowPlace>
  readonly indexed: number
  /** Bytes of the file, once the writes are done. */
  readonly size: number
}

/** The index while this process has it. */
export interface ExportIndex {
  readonly state: () => IndexState
  readonly place: (barcode: string) => RowPlace | undefined
  /** Writes that an earlier process may not have done. */
  readonly writes: () => readonly Write[]
  /** Forgets all. */
  readonly reset: () => void
  /** Takes places, which are those of all rows up to `indexed`. */
  readonly add: (places: ReadonlyMap<string, RowPlace>, indexed: number) => void
  /** Takes a change, durably, before it is done. */
  readonly intend: (change: Change, before: FileMark) => void
  /** Notes that all writes are done. */
  readonly settle: (mark: FileMark) => void
}

/**
 * Does `work` with the index at `path`, which is made if it is missing, while no other process does. Waits for one that
 * does, as long as `signal` lets it.
 */
export async function withIndex<T>(
  path: string,
  work: (index: ExportIndex) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await create(path)
  const database = await lock(path, signal)
  try {
    database.exec(schema)
    return await work(indexIn(database))
  } catch (error) {
    throw sayTrouble(error, path)
  } finally {
    database.close()
  }
}

type Database = ReturnType<typeof openDatabase>

/** Readable by its owner only, as the CSV. What is there is not opened: closing it would let go of SQLite's locks. */
async function create(path: string): Promise<void> {
  await open(path, 'wx', 0o600).then(
    (file) => file.close(),
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw sayDiskTrouble(error, path)
    },
  )
}

async function lock(path: string, signal?: AbortSignal): Promise<Database> {
  for (;;) {
    signal?.throwIfAborted()
    const database = openDatabase(path, { timeout: 0 })
    try {
      database.pragma('locking_mode = exclusive')
      database.pragma('journal_mode = wal')
      // All but the intent: what a power cut takes is worked out again, and writes that are done again change nothing.
      database.pragma('synchronous = normal')
      database.exec('begin exclusive; commit')
      return database
    } catch (error) {
      database.close()
      if (!isSqliteError(error) || !/^SQLITE_(?:BUSY|LOCKED)/.test(error.code)) throw sayTrouble(error, path)
    }
    await delay(againMs * (0.5 + Math.random()), undefined, signal && { signal })
  }
}

function indexIn(database: Database): ExportIndex {
  const state = database.prepare<[], IndexState>('select size, modified, inode, indexed, final from file')
  const find = database.prepare<[string], RowPlace>('select at, length from places where barcode = ?')
  const put = database.prepare('insert or replace into places (barcode, at, length) values (?, ?, ?)')
  const indexTo = database.prepare('update file set indexed = ?')
  const see = database.prepare('update file set size = ?, modified = ?, inode = ?')
  const aimAt = database.prepare('update file set final = ?')
  const written = database.prepare<[], Write>('select at, bytes from writes order by rowid')
  const write = database.prepare('insert into writes (at, bytes) values (?, ?)')
  const forget = database.prepare('delete from writes')
  const add = (places: ReadonlyMap<string, RowPlace>, indexed: number) => {
    for (const [barcode, { at, length }] of places) put.run(barcode, at, length)
    indexTo.run(indexed)
  }
  return {
    state: () => state.get()!,
    place: (barcode) => find.get(barcode),
    writes: () => written.all(),
    add: database.transaction(add),
    reset: () => database.exec(`drop table places; delete from writes; delete from file; ${schema}`),
    intend(change, { size, modified, inode }) {
      database.pragma('synchronous = full')
      database.transaction(() => {
        add(change.places, change.indexed)
        see.run(size, modified, inode)
        aimAt.run(change.size)
        for (const { at, bytes } of change.writes) write.run(at, bytes)
      })()
      database.pragma('synchronous = normal')
    },
    settle: database.transaction(({ size, modified, inode }: FileMark) => {
      see.run(size, modified, inode)
      forget.run()
    }),
  }
}

/** What SQLite says of a disk, as the system would have said it. */
const codes: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_FULL/, 'ENOSPC'],
  [/^SQLITE_READONLY/, 'EROFS'],
  [/^SQLITE_IOERR/, 'EIO'],
]

function sayTrouble(error: unknown, path: string): unknown {
  if (!isSqliteError(error)) return sayDiskTrouble(error, path)
  const code = codes.find(([sign]) => sign.test(error.code))?.[1]
  if (code !== undefined) return sayDiskTrouble(Object.assign(error, { code, syscall: 'write' }), path)
  const name = basename(path)
  const advice = /^SQLITE_(?:CORRUPT|NOTADB)/.test(error.code) ? ' Remove it: it is made anew.' : ''
  return new Error(`${name} cannot be used: ${error.message} (${error.code}).${advice}`, { cause: error })
}
