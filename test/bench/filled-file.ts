import { type SqliteBackend, sqlite } from 'pipewright/sqlite'
import { openDatabase } from '../../src/backends/sqlite/file/open-database.mjs'

/** Makes a file with the queues `names` of a workflow, lets `fill` put rows into its tables by SQL, and opens it. */
export async function filledFile(
  path: string,
  { workflow, names }: { readonly workflow: string; readonly names: readonly string[] },
  fill: (db: ReturnType<typeof openDatabase>) => void,
): Promise<SqliteBackend> {
  const queues = names.map((name) => ({ name, role: 'stage' as const }))
  const declaring = { workflow, queues, fingerprint: '' }
  const backend = await sqlite(path)
  await backend.declare(declaring)
  await backend.close()
  const db = openDatabase(path)
  db.pragma('journal_mode = off')
  db.pragma('synchronous = off')
  db.pragma('cache_size = -400000')
  fill(db)
  db.close()
  const again = await sqlite(path)
  await again.declare(declaring)
  return again
}

/** The SQL that has the numbers from 1 to `count` as `i` of `n`. */
export function numbersTo(count: number): string {
  return `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count})`
}
