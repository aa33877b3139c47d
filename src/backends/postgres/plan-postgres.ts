import type { PoolClient } from 'pg'
import { hidePasswords } from '../../queue/hide-passwords.ts'
import { type Plan, planMigration } from './server/migrate.ts'
import { makePool } from './server/pool.ts'
import { sayFailure } from './server/say-failure.ts'

/**
 * What `postgres(url, { schema })` would do to the schema before it uses it; changes nothing. Rejects with a `BackendError` if the
 * database cannot be reached, or a newer package has made the schema.
 */
export async function planPostgres(url: string | undefined, schema = 'pipewright'): Promise<Plan> {
  const pool = makePool(url, 1)
  try {
    const client = (await pool.connect()) as PoolClient
    try {
      return await planMigration(client, schema)
    } finally {
      client.release()
    }
  } catch (error) {
    throw sayFailure(hidePasswords(url ?? 'of the environment'), error)
  } finally {
    await pool.end()
  }
}
