/**
 * Queues in one SQLite file, which the processes of one machine may share.
 * @module pipewright/sqlite
 */

export { betterSqlite3 } from './better-sqlite3.ts'
export { type SqliteOptions, sqlite } from './sqlite.ts'
export type { SqliteBackend, SqliteMetrics, Table } from './sqlite-backend.ts'
