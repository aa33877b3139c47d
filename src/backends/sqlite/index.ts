export type { Table } from './reader.ts'
export { type SqliteOptions, sqlite } from './sqlite.ts'
export type { SqliteBackend, SqliteMetrics } from './sqlite-backend.ts'
