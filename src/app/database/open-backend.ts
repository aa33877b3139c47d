import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { currentLook } from '../../backends/sqlite/look/look.ts'
import type { Backend } from '../../queue/backend.ts'
import type { Clock } from '../../queue/clock.ts'
import { keysOf, refuseUnread } from '../../schema/refuse-unread.ts'
import { registerDatabase } from './database-of.ts'
import { loadHttp, loadMemory, loadPostgres, loadSqlite } from './load-backend.ts'
import { lookAtPostgres } from './look-at-postgres.ts'
import { onlyLooking } from './only-looking.ts'
import { type Place, type PostgresPlace, placeOf, sayPlace } from './place.ts'
import { makeStandIn } from './stand-in.ts'

/** How a database is used. What a kind of database has not, it leaves out; where that may matter, with a warning. */
export interface BackendOptions {
  /** The clock of a test. */
  readonly clock?: Clock | undefined
  /**
   * Days, from 1, that lines of the history are kept; by default for ever. In SQLite files and on Postgres: elsewhere all lines are kept,
   * and `onWarning` is told.
   */
  readonly historyDays?: number | undefined
  /** Days, from 1, that the values of stays are remembered; as `historyDays`. */
  readonly valuesDays?: number | undefined
  /** The schema in a Postgres; `?schema=` of the URL goes before it, and `pipewright` is the default. */
  readonly schema?: string | undefined
  /** Connections to a Postgres at most, from 2; `?connections=` goes before it, and 4 is the default. */
  readonly connections?: number | undefined
  /** False behind a pooler of transactions, such as PgBouncer in front of a Postgres; `?sessions=false` goes before it. */
  readonly sessions?: boolean | undefined
  /** Milliseconds that a Postgres is waited for which starts or cannot be reached; 60,000 by default, 0 for not at all. */
  readonly waitMs?: number | undefined
  /** The bearer token of a server over HTTP; by default the variable `PIPEWRIGHT_BACKEND_TOKEN` of the environment. */
  readonly token?: string | undefined
  /** Called with a problem that an operator should look at; one sentence each time. */
  readonly onWarning?: ((message: string) => void) | undefined
  /** Called with what was done beside the work, such as a migration of a SQLite file, or what was deleted as too old; one sentence each time. */
  readonly onNotice?: ((message: string) => void) | undefined
}

const optionKeys = keysOf<BackendOptions>({
  ...{ clock: true, historyDays: true, valuesDays: true, schema: true, connections: true },
  ...{ sessions: true, waitMs: true, token: true, onWarning: true, onNotice: true },
})

/**
 * Opens the database that `database` names: a SQLite file (`queues.db` or `sqlite:queues.db`; its folder is made if it is not there),
 * `postgres://USER@HOST/DATABASE`, `http(s)://...` of a machine that serves its backend, or `memory:`. Rejects with an `InvalidError`
 * if it names none, with a `BackendError` if that cannot be opened, and with a `RangeError` for an option out of range. No sentence has
 * the password of a URL.
 */
export async function openBackend(database: string, options: BackendOptions = {}): Promise<Backend> {
  refuseUnread('openBackend() is given', options, optionKeys)
  const place = placeOf(database)
  const look = currentLook()
  if (place.kind === 'sqlite' && place.path !== '' && (!look || look.mayMake))
    mkdirSync(dirname(resolve(place.path)), { recursive: true })
  return openPlace(place, options)
}

/** Opens the database that a command was given: a typing mistake makes no folder. */
export async function openGiven(
  database: string,
  options: Pick<BackendOptions, 'onWarning'> = {},
): Promise<Backend> {
  return openPlace(placeOf(database), options)
}

async function openPlace(place: Place, options: BackendOptions = {}): Promise<Backend> {
  const { clock, historyDays, valuesDays, onWarning, onNotice } = options
  if (place.kind === 'sqlite')
    return (await loadSqlite()).sqlite(place.path, { clock, historyDays, valuesDays, onWarning, onNotice })
  if (place.kind !== 'postgres')
    for (const [name, days] of Object.entries({ historyDays, valuesDays }))
      if (days !== undefined)
        onWarning?.(
          `"${name}" is for SQLite files and Postgres: in ${sayPlace(place)} what is older is kept as well.`,
        )
  const backend = await openOther(place, options)
  registerDatabase(backend, sayPlace(place))
  return backend
}

async function openOther(
  place: Exclude<Place, { kind: 'sqlite' }>,
  options: BackendOptions,
): Promise<Backend> {
  const look = currentLook()
  if (place.kind !== 'memory' && look?.found && !look.planned) return makeStandIn()
  const isOnlyLooking = look !== undefined && !look.mayWrite
  switch (place.kind) {
    case 'memory':
      return (await loadMemory()).memory({ clock: options.clock })
    case 'http': {
      const { PIPEWRIGHT_BACKEND_TOKEN: told } = process.env
      const backend = (await loadHttp()).http(place.url, {
        token: options.token ?? told,
        clock: options.clock,
        onWarning: options.onWarning,
      })
      return isOnlyLooking ? onlyLooking(backend, sayPlace(place)) : backend
    }
    case 'postgres': {
      const meant = { ...place, schema: place.schema ?? options.schema }
      if (!look) return openPostgres(meant, options)
      return lookAtPostgres(meant, look, async () => {
        const backend = await openPostgres(meant, options)
        return isOnlyLooking ? onlyLooking(backend, sayPlace(meant)) : backend
      })
    }
  }
}

async function openPostgres(
  { url, schema, connections, sessions }: PostgresPlace,
  options: BackendOptions,
): Promise<Backend> {
  const { postgres } = await loadPostgres()
  return postgres(url, {
    schema,
    connections: connections ?? options.connections,
    sessions: sessions ?? options.sessions,
    waitMs: options.waitMs,
    clock: options.clock,
    historyDays: options.historyDays,
    valuesDays: options.valuesDays,
    onWarning: options.onWarning,
    onNotice: options.onNotice,
  })
}
