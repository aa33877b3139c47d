import { realpathSync, statSync } from 'node:fs'
import type { Clock } from '../../../queue/clock.ts'
import { BackendError } from '../../../queue/errors.ts'
import { asOpening, isThere } from '../file/connection.ts'
import { schemaVersion } from '../file/migrations.ts'
import { readVersion } from '../file/read-version.ts'
import { retryBusy } from '../file/retry-busy.ts'
import type { SqliteBackend } from '../sqlite-backend.ts'
import type { Look } from './look.ts'
import { makeReadingBackend } from './reading-backend.ts'
import { makeStandIn } from './stand-in.ts'

interface Opening {
  readonly clock: Clock
  /** Opens a file to write, makes it if it is not there, and migrates it. */
  readonly open: (file: string, isCopied?: boolean) => Promise<SqliteBackend>
}

/**
 * Opens the database at `path` for `look`. Rejects with a `BackendError` if it has to be migrated, and the look does not
 * say so: a command that only looks must not stop processes of the older version.
 */
export async function openLook(path: string, look: Look, opening: Opening): Promise<SqliteBackend> {
  try {
    if (!isThere(path) || statSync(path).size === 0) return await openAbsent(path, look, opening)
    if (look.found) {
      look.found.push(realpathSync(path))
      return await openStandIn(opening)
    }
    const version = await retryBusy(() => readVersion(path, schemaVersion))
    // Another process is making it just now.
    if (version === 0) return await openAbsent(path, look, opening)
    if (version < schemaVersion && !look.migration) throw isOlder(path, version)
    if (look.mayWrite) return await opening.open(path, look.migration?.isCopied)
    return makeReadingBackend(realpathSync(path), opening)
  } catch (error) {
    throw asOpening(path, error)
  }
}

async function openAbsent(path: string, look: Look, opening: Opening): Promise<SqliteBackend> {
  if (look.mayMake) return opening.open(path)
  look.absent?.push(path)
  return openStandIn(opening)
}

/** An older version has made the database at `path`, and nothing has asked to migrate it. */
function isOlder(path: string, version: number): BackendError {
  const sentence = `The database ${path} has the schema of an older version (${version}; this one is ${schemaVersion})`
  return new BackendError(
    `${sentence}; end all processes that use it, and run \`pipewright migrate --db ${path}\`, or start the app. Nothing was changed.`,
  )
}

async function openStandIn({ open }: Opening): Promise<SqliteBackend> {
  const { file, remove } = await makeStandIn()
  try {
    const backend = await open(file)
    return { ...backend, close: () => backend.close().then(remove) }
  } catch (error) {
    await remove()
    throw error
  }
}
