import { randomInt } from 'node:crypto'
import pg from 'pg'
import type { Backend } from '../../queue/backend.ts'
import { type Clock, systemClock } from '../../queue/clock.ts'
import { BackendError } from '../../queue/errors.ts'
import { hidePasswords } from '../../queue/hide-passwords.ts'
import { keysOf, refuseUnread } from '../../schema/refuse-unread.ts'
import { allInboxes } from './inbox/inbox-rows.ts'
import { makePostgresBackend, slots } from './make-postgres-backend.ts'
import { Database } from './server/database.ts'
import { meetServer } from './server/meet-server.ts'
import { migrate } from './server/migrate.ts'
import { connectMs, whenLetIn } from './server/patience.ts'
import type { PoolLike } from './server/pool-like.ts'

/** How a Postgres database is used. */
export interface PostgresOptions {
  /** The schema that the tables are in, which is made if it is not there; `pipewright` by default. */
  readonly schema?: string | undefined
  /** A pool of your own, of the package `pg`, in place of a URL. Closing the backend leaves it open. */
  readonly pool?: PoolLike | undefined
  /** Connections at most of a pool of ours, from 2; 4 by default. One of them listens while something waits. */
  readonly connections?: number | undefined
  /**
   * False behind a pooler that gives each transaction another connection, such as PgBouncer in its transaction mode: then nothing is
   * prepared, and no process listens; each looks for news twice a second.
   */
  readonly sessions?: boolean | undefined
  /** The clock of a test, in place of that of the database. */
  readonly clock?: Clock | undefined
  /**
   * Days, from 1, that lines of the history are kept; by default for ever. Lines of tokens that are still in a queue are
   * kept at any age.
   */
  readonly historyDays?: number | undefined
  /**
   * Days, from 1, that the values of stays are remembered, counted from the end of each stay; by default as long as the
   * history. Those of tokens that are still in a queue are kept at any age.
   */
  readonly valuesDays?: number | undefined
  /** Called with a problem that an operator should look at; one sentence each time. */
  readonly onWarning?: ((message: string) => void) | undefined
  /**
   * Called with what was deleted because it was older than `historyDays` or `valuesDays`, at most once an hour; one sentence each
   * time, by one of the processes that have the option.
   */
  readonly onNotice?: ((message: string) => void) | undefined
}

const optionKeys = keysOf<PostgresOptions>({
  schema: true,
  pool: true,
  connections: true,
  sessions: true,
  clock: true,
  historyDays: true,
  valuesDays: true,
  onWarning: true,
  onNotice: true,
})

const schemaPattern = /^[a-z_][a-z0-9_]{0,62}$/

// Processes that begin one after the other have rows of counts of their own. The rest is by chance: a restore, or a standby that takes
// over, gives numbers out anew, and a process that has gone on must not be taken for another one.
function instanceOf(next: number): number {
  return slots * randomInt(2 ** 40) + (next % slots)
}

/**
 * Opens the queues in a schema of a Postgres database (14 to 18), makes the schema if it is not there, and brings it up to date. The
 * URL, or the `PG...` variables of the environment, say which database (https://www.postgresql.org/docs/current/libpq-connect.html).
 * Rejects with a `BackendError` if that cannot be reached or was made by a newer package, and with a `RangeError` for an option out of
 * range.
 */
export async function postgres(url: string | undefined, options: PostgresOptions = {}): Promise<Backend> {
  refuseUnread('postgres() is given', options, optionKeys)
  const { schema = 'pipewright', connections = 4, sessions = true, clock } = options
  const { historyDays, valuesDays, onWarning = () => {}, onNotice = () => {} } = options
  if (!schemaPattern.test(schema) || schema.startsWith('pg_'))
    throw new RangeError(
      `The schema is called "${schema}"; that is a lower-case letter or "_", then letters, digits and "_".`,
    )
  if (!(Number.isInteger(connections) && connections >= 2))
    throw new RangeError(`connections is ${connections}; it is a whole number from 2.`)
  for (const [name, days] of Object.entries({ historyDays, valuesDays }))
    if (days !== undefined && !(days >= 1 && days < Number.POSITIVE_INFINITY))
      throw new RangeError(`${name} is ${days}; it is a number of days from 1.`)
  const pool =
    options.pool ??
    new pg.Pool({
      ...(url === undefined ? {} : { connectionString: url }),
      max: connections,
      ...{ connectionTimeoutMillis: connectMs, keepAlive: true, keepAliveInitialDelayMillis: connectMs },
      allowExitOnIdle: true,
    })
  // A server may end a session in the moment in which the pool hands it over.
  if (!options.pool)
    (pool as pg.Pool).on('error', () => {}).on('connect', (client) => client.on('error', () => {}))
  const where = hidePasswords(url ?? 'of the environment')
  const database = new Database({
    ...{ pool, schema, clock, where },
    isOwn: options.pool === undefined,
    prepares: sessions,
  })
  try {
    const meeting = { where, sessions, pool: options.pool ? undefined : pool }
    const isPooled = await whenLetIn(() => database.connected((client) => meetServer(client, meeting)))
    if (isPooled) database.pooled()
    await database.connected((client) => migrate(client, schema, where))
    const [found] = await database.connected((client) =>
      database.statements.run<{ next: number }>(client, `select nextval('pw_instances') as next`),
    )
    const inboxes = await database.connected((client) =>
      allInboxes({ rows: (sql) => database.statements.run(client, sql) as never }),
    )
    return makePostgresBackend({
      ...{
        database,
        inboxes: new Map(inboxes.map(({ workflow, name }) => [workflow, name])),
        instance: instanceOf(found!.next),
        notifies: sessions,
        historyDays,
        valuesDays,
        onWarning,
        onNotice,
      },
      reach: options.pool ? undefined : { url },
      clock: clock ?? systemClock,
    })
  } catch (error) {
    await database.close().catch(() => {})
    throw error instanceof BackendError ? error : database.say(error)
  }
}
