import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../file/open-database.mjs'

/** A database in a folder of its own that stands in for another one while that is only looked at. */
export interface StandIn {
  readonly file: string
  readonly remove: () => Promise<void>
}

/** One that is not there yet or, with `original`, a copy of that database as it is committed now. */
export async function makeStandIn(original?: string): Promise<StandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'pipewright-look-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const file = join(folder, 'queues.db')
  try {
    if (original !== undefined) await copy(original, file)
    return { file, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function copy(original: string, file: string): Promise<void> {
  const db = openDatabase(original, { readonly: true })
  try {
    // All pages in one step, and so in one snapshot: else the backup would begin anew with each commit of another process.
    await db.backup(file, { progress: () => 2 ** 31 - 1 })
  } finally {
    db.close()
  }
}
