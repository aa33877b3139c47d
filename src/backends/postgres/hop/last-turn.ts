import type { Database } from '../server/database.ts'
import { literal } from '../server/qualify.ts'

/**
 * Whether the turn `turn` of a process was committed, whose answer is lost, and the places of the hops in it that were refused; undefined
 * if it was not, or if that cannot be found out. Waits until the session that ran it has ended it, in one way or the other.
 */
export async function lastTurn(
  database: Database,
  instance: number,
  turn: number,
): Promise<readonly number[] | undefined> {
  const lock = `hashtext(${literal(`${database.schema}/turn`)}), ${instance % 2 ** 31}`
  const find = `begin; set local statement_timeout = 5000; select pg_advisory_xact_lock(${lock})`
  try {
    return await database.connected(async (client) => {
      await client.query(find)
      const [found] = await database.statements.rows<{ turn: number; refused: readonly number[] | null }>(
        client,
        'select turn, refused from pw_turns where instance = $1',
        [instance],
      )
      await client.query('commit')
      return found?.turn === turn ? (found.refused ?? []) : undefined
    })
  } catch {
    return undefined
  }
}
