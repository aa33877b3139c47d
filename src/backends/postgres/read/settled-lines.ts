import type { Session } from '../server/database.ts'

const turn = 2 ** 31

/**
 * The number of the last line before which no transaction that is still open can write any. Of lines up to it, those are there that will
 * ever be, in each snapshot that is taken later: so this is asked in another transaction than the one that reads them.
 *
 * Numbers come from a sequence, and who commits later may have the smaller ones. So each transaction that writes lines first takes a
 * shared lock under the number that was given last: all of its own are larger. What has no lock yet when the locks are looked at gets
 * numbers that are larger than those that had been given before that.
 */
export async function settledLine({ rows }: Session, schema: string): Promise<number> {
  // One after the other: the sequence first.
  const [given] = await rows<{ line: number }>(
    'select case when is_called then last_value else 0 end as line from pw_line_numbers',
  )
  const { line } = given!
  const open = await rows<{ key: number }>(
    `select distinct objid::bigint as key from pg_locks
       where locktype = 'advisory' and classid = hashtext($1)::oid and objsubid = 2
         and database = (select oid from pg_database where datname = current_database())`,
    `${schema}/lines`,
  )
  return Math.max(0, Math.min(line, ...open.map(({ key }) => whole(key, line))))
}

// A lock has the last 31 bits of the number.
function whole(key: number, line: number): number {
  const found = Math.floor(line / turn) * turn + key
  return found > line ? found - turn : found
}
