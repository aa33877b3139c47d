export { type SqliteOptions, sqlite } from './sqlite.ts'
export type { SqliteBackend, SqliteMetrics, Table } from './sqlite-backend.ts'
