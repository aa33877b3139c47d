import { randomInt } from 'node:crypto'
import type { PoolClient } from 'pg'
import type { Backend } from '../../queue/backend.ts'
import { type Clock, systemClock } from '../../queue/clock.ts'
import { BackendError } from '../../queue/errors.ts'
import { hidePasswords } from '../../queue/hide-passwords.ts'
import { sayThrown } from '../../queue/thrown.mjs'
import { keysOf, refuseUnread } from '../../schema/refuse-unread.ts'
import { allInboxes } from './inbox/inbox-rows.ts'
import { makePostgresBackend } from './make-postgres-backend.ts'
import { Database } from './server/database.ts'
import { isLost, isReadOnly, isShut, OnlyReads } from './server/failures.ts'
import { meetServer } from './server/meet-server.ts'
import { migrate } from './server/migrate.ts'
import { openingMs, whenReachable } from './server/patience.ts'
import { hasSeveralHosts, makePool } from './server/pool.ts'
import type { PoolLike } from './server/pool-like.ts'
import { slots } from './tables/slots.ts'

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
  /**
   * Milliseconds that a server is waited for, as it is opened, which starts or cannot be reached; 60,000 by default, 0 for not at all.
   * `onWarning` is told once.
   */
  readonly waitMs?: number | undefined
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
  waitMs: true,
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
 * A server that starts, or cannot be reached, is waited for (`waitMs`). Rejects with a
 * `BackendError` if the database cannot be reached then, or was made by a newer package, and with a `RangeError` for an option out of range.
 */
export async function postgres(url: string | undefined, options: PostgresOptions = {}): Promise<Backend> {
  refuseUnread('postgres() is given', options, optionKeys)
  const { schema = 'pipewright', connections = 4, sessions = true, clock } = options
  const { historyDays, valuesDays, onWarning = () => {}, onNotice = () => {}, waitMs = openingMs } = options
  if (!schemaPattern.test(schema) || /^p[gw]_/.test(schema))
    throw new RangeError(
      `The schema is called "${schema}"; that is a lower-case letter or "_", then letters, digits and "_", and does not begin with "pg_" or "pw_".`,
    )
  if (!(Number.isInteger(connections) && connections >= 2))
    throw new RangeError(`connections is ${connections}; it is a whole number from 2.`)
  if (!(waitMs >= 0 && waitMs < Number.POSITIVE_INFINITY))
    throw new RangeError(`waitMs is ${waitMs}; it is a number of milliseconds from 0.`)
  for (const [name, days] of Object.entries({ historyDays, valuesDays }))
    if (days !== undefined && !(days >= 1 && days < Number.POSITIVE_INFINITY))
      throw new RangeError(`${name} is ${days}; it is a number of days from 1.`)
  const pool = options.pool ?? makePool(url, { max: connections, pipeline: sessions })
  const where = hidePasswords(url ?? 'of the environment')
  const database = new Database({
    ...{ pool, schema, clock, where },
    isOwn: options.pool === undefined,
    prepares: sessions,
  })
  try {
    const meeting = { where, sessions, pool: options.pool ? undefined : pool }
    const open = async (client: PoolClient) => {
      if (await meetServer(client, meeting)) database.pooled()
      const next = await openOn(client, schema, where)
      const inboxes = await allInboxes({ rows: (sql) => database.statements.run(client, sql) as never })
      return { next, inboxes }
    }
    const { next, inboxes } = await whenReachable(() => database.connected(open), {
      bears: (error) => (isLost(error) || isShut(error)) && (!isReadOnly(error) || hasSeveralHosts(url)),
      waitMs,
      warn: (error) =>
        onWarning(
          `The database ${where} cannot be reached yet (${hidePasswords(sayThrown(error))}); it is waited for up to ${waitMs / 1000} seconds.`,
        ),
    })
    return makePostgresBackend({
      ...{
        database,
        inboxes: new Map(inboxes.map(({ workflow, name }) => [workflow, name])),
        instance: instanceOf(next),
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

/** Brings a schema up to date; resolves with a number that each opening of it has for itself, unless it goes back in time. */
async function openOn(client: PoolClient, schema: string, where: string): Promise<number> {
  await migrate(client, schema, where)
  const { rows } = await client.query<{ transaction_read_only: string }>('show transaction_read_only')
  if (rows[0]!.transaction_read_only === 'on') throw new OnlyReads()
  const found = await client.query<{ next: string }>(`select nextval('${schema}.pw_instances') as next`)
  return Number(found.rows[0]!.next)
}
