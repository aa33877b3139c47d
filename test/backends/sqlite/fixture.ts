import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { type SqliteBackend, type SqliteOptions, sqlite } from '../../../src/backends/sqlite/index.ts'
import { makeRecounter } from '../../../src/backends/sqlite/keeper/recounting.mjs'
import type { Push } from '../../../src/queue/change.ts'
import { usualQueues, workflow } from './shop.ts'

export { moving, usualQueues, workflow } from './shop.ts'

/** The path of a database that is not there yet, in a folder that goes when the test ends. */
export async function newPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pipewright-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'queues.db')
}

/** A backend with the usual queues, closed when the test ends. */
export async function openShop(path: string, options: SqliteOptions = {}): Promise<SqliteBackend> {
  const backend = await sqlite(path, options)
  onTestFinished(() => backend.close())
  await backend.declare({ workflow, queues: usualQueues, fingerprint: 'v1' })
  return backend
}

/** A push of a new token. */
export function entering(id: string, more: Partial<Push> = {}): Push {
  const token = { id, hop: 0, frames: [], priority: 0, deploy: 1 }
  return { kind: 'push', queue: 'shop/first', token, value: { tag: 'New', id }, enter: 'refuse', ...more }
}

export const request = { owner: 'worker', leaseMs: 30_000, timeoutMs: 60_000 }

/** Resolves when `condition` holds; looks again in every turn of the event loop, for up to ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const startedAt = performance.now()
  while (!(await condition())) {
    if (performance.now() - startedAt > 10_000) throw new Error(`It did not happen within 10 s: ${what}.`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Makes a database of an older schema, with a token in each condition, at `path`. */
export function makeOldFile(path: string, schema: 1 | 5): void {
  const db = openDatabase(path)
  db.exec(readFileSync(new URL(`schema-${schema}.sql`, import.meta.url), 'utf8'))
  db.close()
}

/** Recounts the queues of the database at `path`, as the keeper does after edits by hand. */
export function recount(path: string): void {
  const db = openDatabase(path)
  const recounter = makeRecounter(db, path, -60_000)
  while (recounter.step(0));
  db.close()
}
