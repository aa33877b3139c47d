import { Reader } from '../../src/backends/sqlite/read/reader.ts'

/** What the database at `path` answers to `sql`: its first 100 rows. */
export async function ask(path: string, sql: string): Promise<readonly (readonly unknown[])[]> {
  const reader = new Reader(path)
  try {
    return (await reader.query(sql, 100)).rows
  } finally {
    reader.close()
  }
}
