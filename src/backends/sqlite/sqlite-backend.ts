import type { Backend } from '../../queue/backend.ts'

// Public types: they name no type of better-sqlite3, which users may not have installed.

/** A backend in one SQLite file, which many processes of one machine may share. */
export interface SqliteBackend extends Backend {
  /** The file, as an absolute path. */
  readonly path: string
  /** Runs one statement that only reads, and gives up to `maxRows` (1,000) rows of what it finds, or 64 MB. */
  query(sql: string, maxRows?: number): Promise<Table>
  /** Measurements of this process's work on the file. */
  metrics(): SqliteMetrics
}

/** The answer to a query. */
export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
  /** Whether there are more rows than these. */
  readonly more: boolean
}

/** Measurements of a process's work on its SQLite file. */
export interface SqliteMetrics {
  /** How long the last 1,024 transactions took, in milliseconds. */
  readonly commitMs: { readonly p50: number; readonly p99: number }
  /** Bytes of the -wal file. */
  readonly walBytes: number
}
