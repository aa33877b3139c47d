import type { PoolClient } from 'pg'
import { hidePasswords } from '../../queue/hide-passwords.ts'
import { refuseFilling } from './house/state.ts'
import { isShut } from './server/failures.ts'
import { meetServer } from './server/meet-server.ts'
import { type Plan, planMigration } from './server/migrate.ts'
import { lostReadMs, whenReachable } from './server/patience.ts'
import { makePool } from './server/pool.ts'
import { sayFailure } from './server/say-failure.ts'

/**
 * What `postgres(url, { schema })` would do to the schema before it uses it; changes nothing. Rejects with a `BackendError` if the
 * database cannot be reached, or a newer package has made the schema.
 */
export async function planPostgres(url: string | undefined, schema = 'pipewright'): Promise<Plan> {
  const where = hidePasswords(url ?? 'of the environment')
  const pool = makePool(url, { max: 1, pipeline: false })
  try {
    const client = (await whenReachable(() => pool.connect(), {
      bears: isShut,
      waitMs: lostReadMs,
    })) as PoolClient
    try {
      await meetServer(client, { where, sessions: false, pool: undefined })
      const plan = await planMigration(client, schema)
      if (plan.from > 0) await refuseFilling(client, schema, where)
      return plan
    } finally {
      client.release()
    }
  } catch (error) {
    throw sayFailure(where, error)
  } finally {
    await pool.end()
  }
}
