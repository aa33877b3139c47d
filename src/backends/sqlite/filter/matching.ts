import type { Filter } from '../../../queue/filter.ts'
import type { Moment } from '../../../queue/lapse.ts'
import type { Connection } from '../file/connection.ts'
import { fewTokens, type Place } from './few.ts'
import { type Binds, filterSql } from './filter-sql.ts'
import { mostLooked } from './most-looked.ts'

interface Asked {
  readonly only: Filter
  readonly moment: Moment
  /** The condition for the rows of the queue @queue that may be leased, in the words of the index of its line. */
  readonly isReady: string
  readonly limit: number
  /** The lane @lane. */
  readonly lane: number | undefined
}

/** Those of `tokens` in a queue that match a filter. */
export function matchesAmong(
  db: Connection,
  { ref }: Place,
  { tokens, only, moment }: { readonly tokens: readonly number[] } & Pick<Asked, 'only' | 'moment'>,
): readonly number[] {
  const { sql, binds } = filterSql(only)
  return db
    .prepare<[Binds], number>(
      `select t.token from pw_tokens t where +t.queue = @queue and t.token in (select value from json_each(@tokens)) and ${sql}`,
    )
    .pluck()
    .all({ ...binds, now: moment.now, elapsed: moment.elapsed, queue: ref, tokens: JSON.stringify(tokens) })
}

/** The tokens that a lease with a filter may get, `limit` of them or more where an index names them. */
export function matchesInLine(db: Connection, place: Place, asked: Asked): readonly number[] {
  const { only, moment, isReady, limit, lane } = asked
  const few = fewTokens(db, place, only)
  if (few !== undefined) return matchesAmong(db, place, { tokens: JSON.parse(few) as number[], only, moment })
  const { sql, binds } = filterSql(only)
  const rows = db
    .prepare<[Binds], readonly [token: number, fits: number]>(
      `select token, ${sql} from pw_tokens t where ${isReady} order by suspect, priority, token`,
    )
    .raw()
    .iterate({ ...binds, now: moment.now, elapsed: moment.elapsed, queue: place.ref, lane: lane ?? null })
  const found: number[] = []
  let looked = 0
  for (const [token, fits] of rows as Iterable<readonly [number, number]>) {
    if (fits) found.push(token)
    if (found.length >= limit || ++looked >= mostLooked) break
  }
  return found
}
