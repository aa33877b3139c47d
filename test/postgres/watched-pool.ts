import pg from 'pg'
import { postgresUrl } from './schemas.ts'

/** A pool whose statements are watched: `asked` is told of each as it is sent, with its text and the promise of its answer. */
export function watchedPool(
  options: pg.PoolConfig,
  asked: (text: string, answer: Promise<unknown>, client: pg.PoolClient) => void,
): pg.Pool {
  const pool = new pg.Pool({ connectionString: postgresUrl(), ...options })
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...all: unknown[]) => Promise<unknown>
    client.query = ((...all: [string | { readonly text: string }]) => {
      const answer = query(...all)
      asked(typeof all[0] === 'string' ? all[0] : all[0].text, answer, client)
      return answer
    }) as typeof client.query
  })
  return pool
}
