import type { ClientBase, PoolClient } from 'pg'
import { checkVersion, isPooled, noSessions } from './check-server.ts'
import type { PoolLike } from './pool-like.ts'

interface Found {
  readonly number: number
  readonly text: string
  readonly pid: number
}

/** What a server is met with. */
interface Meeting {
  readonly where: string
  /** A pool of ours, whose connections may be tried out. */
  readonly pool: PoolLike | undefined
  /** Whether sessions of ours are meant to be those of the server. */
  readonly sessions: boolean
}

/**
 * Looks at the server that `client` is connected to; resolves with whether a pooler is in between. Rejects with a `BackendError` if it is
 * too old, or if its sessions are not ours though they are meant to be.
 */
export async function meetServer(client: ClientBase, { where, pool, sessions }: Meeting): Promise<boolean> {
  const { rows } = await client.query<Found>(
    `select current_setting('server_version_num')::integer as number, version() as text, pg_backend_pid() as pid`,
  )
  const { number, text, pid } = rows[0]!
  checkVersion(where, { number, text })
  const { processID: told } = client as ClientBase & { readonly processID?: number }
  if (!isPooled({ told, found: pid })) return false
  if (sessions && pool && (await isShared(client, pool))) throw noSessions(where)
  return true
}

// A second client that is in a transaction, and the first one after it: with sessions they never are where the other one is.
async function isShared(first: ClientBase, pool: PoolLike): Promise<boolean> {
  const before = await pidOf(first)
  const second = (await pool.connect()) as PoolClient
  try {
    await second.query('begin')
    // If it is where the first one was, that one may have no other place.
    const isShared = (await pidOf(second)) === before || (await pidOf(first)) !== before
    await second.query('commit')
    return isShared
  } finally {
    second.release()
  }
}

async function pidOf(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]!.pid
}
