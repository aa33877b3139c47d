import { realpathSync } from 'node:fs'
import type { Clock } from '../../../queue/clock.ts'
import { asOpening, isThere } from '../file/connection.ts'
import { schemaVersion } from '../file/migrations.ts'
import { openDatabase } from '../file/open-database.mjs'
import { retryBusy } from '../file/retry-busy.ts'
import { versionOf } from '../file/version.ts'
import type { SqliteBackend } from '../sqlite-backend.ts'
import type { Look } from './look.ts'
import { makeReadingBackend } from './reading-backend.ts'
import { makeStandIn } from './stand-in.ts'

interface Opening {
  readonly clock: Clock
  /** Opens a file to write. */
  readonly open: (file: string) => Promise<SqliteBackend>
}

/**
 * Opens the database at `path` for `look`. If it may not be written to, it is only read, or a migrated copy of it if its
 * schema is older. If there is none, an empty one stands in for it.
 */
export async function openLook(path: string, look: Look, opening: Opening): Promise<SqliteBackend> {
  const isHere = isThere(path)
  if (!isHere) look.absent.push(path)
  else if (look.mayWrite) return opening.open(path)
  try {
    if (isHere && (await retryBusy(() => isCurrent(path))))
      return makeReadingBackend(realpathSync(path), opening)
    return await openStandIn(isHere ? path : undefined, opening)
  } catch (error) {
    throw asOpening(path, error)
  }
}

async function openStandIn(original: string | undefined, { open }: Opening): Promise<SqliteBackend> {
  const { file, remove } = await makeStandIn(original)
  try {
    const backend = await open(file)
    return { ...backend, close: () => backend.close().then(remove) }
  } catch (error) {
    await remove()
    throw error
  }
}

function isCurrent(path: string): boolean {
  const db = openDatabase(path, { readonly: true, timeout: 0 })
  try {
    return versionOf(db, schemaVersion) === schemaVersion
  } finally {
    db.close()
  }
}
