import { existsSync } from 'node:fs'
import { openGiven } from '../app/database/open-backend.ts'
import { placeOf } from '../app/database/place.ts'
import type { OpenApp } from '../app/open-app.ts'
import { UsageError } from '../app/usage-error.ts'
import { looking } from '../backends/sqlite/look/look.ts'
import type { Backend } from '../queue/backend.ts'
import type { Log } from '../run/log.ts'
import { refusePrivate } from './private-backend.ts'

/** Which database a command is about: a path or a URL, or the backend of an app. */
export interface Target {
  readonly db?: string | undefined
  readonly app?: string | undefined
  readonly config?: string | undefined
}

/** A database that is open. */
export interface OpenTarget {
  readonly backend: Backend
  /** The workflow's name, if an app was named. */
  readonly workflow: string | undefined
  /** The app, if one was named. */
  readonly app?: OpenApp | undefined
  readonly close: () => Promise<void>
}

const usualFile = 'queues.db'

/** Opens what `target` names, or `queues.db` in the current folder. Throws a `UsageError` if there is no such database. */
export async function openTarget({ db, app, config }: Target, log: Log): Promise<OpenTarget> {
  if (app !== undefined) {
    // Loaded only for an app: what reads configs and workflows takes most of the time in which a command starts.
    const { openApp } = await import('../app/open-app.ts')
    const look = { mayWrite: true, absent: [] as string[] }
    const place = { app, config, db: db === undefined ? undefined : existing(db) }
    const open = await looking(look, () => openApp(place, log))
    refusePrivate(open.name, open.backend)
    if (look.absent.length > 0) await open.close()
    refuseAbsent(look.absent)
    return { backend: open.backend, workflow: open.name, app: open, close: open.close }
  }
  refuseStrayConfig(config)
  const database = existing(db)
  const { kind } = placeOf(database)
  if (kind === 'memory')
    throw new UsageError(
      'Queues in memory are seen only by the process that has them; name another database.',
    )
  // A file that is there and empty is a database in which nothing is yet.
  const look = { mayWrite: true, mayMake: kind === 'sqlite', absent: [] as string[] }
  const backend = await looking(look, () =>
    openGiven(database, { onWarning: (message) => log.warn(message) }),
  )
  if (look.absent.length > 0) await backend.close()
  refuseAbsent(look.absent)
  return { backend, workflow: undefined, close: () => backend.close() }
}

/** Throws a `UsageError` if an app has asked for databases that are not there. */
export function refuseAbsent([absent]: readonly string[]): void {
  if (absent !== undefined) throw new UsageError(`There is no database ${absent} yet.`)
}

/** Throws a `UsageError` for a config without its app: nothing would read it. */
export function refuseStrayConfig(config: string | undefined): void {
  if (config === undefined) return
  throw new UsageError(`--config ${config} is for an app; name it too, with --app APP.`)
}

/**
 * The file that is meant; of another database its URL. Throws a `UsageError` for a file that is not there: looking does not make one.
 */
export function existing(db: string | undefined): string {
  const place = placeOf(db ?? usualFile)
  if (place.kind !== 'sqlite') return db!
  if (existsSync(place.path)) return place.path
  throw new UsageError(
    db === undefined
      ? `There is no ${usualFile} in this folder; say which database with --db FILE or --app APP.`
      : `There is no database ${db}.`,
  )
}

/** The SQLite file that is meant. Throws a `UsageError` if it is not there, or `why` for a database that is none. */
export function existingFile(db: string | undefined, why: string): string {
  if (db !== undefined && placeOf(db).kind !== 'sqlite') throw new UsageError(`${why}.`)
  return existing(db)
}
