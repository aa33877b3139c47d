import type { Filter } from '../../../queue/filter.ts'
import type { Moment } from '../../../queue/lapse.ts'
import type { Position } from '../../../queue/position.ts'
import type { Scanned } from '../../../queue/rules/scanned.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'
import { fewTokens, type Place } from './few.ts'
import { type Binds, type Condition, filterSql, isCommon, isMarkOf } from './filter-sql.ts'
import { rowTerms } from './row-terms.ts'

/** What is looked for in a queue. */
export interface Wanted {
  readonly only: Filter
  readonly order: 'oldest' | 'newest'
  readonly by: string | undefined
  readonly start: Position | undefined
  readonly moment: Moment
  /** How many are enough. */
  readonly count: number
  /** How many rows may be looked at. */
  readonly budget: number
}

type Cells = readonly [key: number | string, token: number, fits: number]

/** Looks for messages in a queue: through those that an index names, if they are few, else through all in their order. */
export function scan(db: Connection, place: Place, wanted: Wanted): Scanned {
  const { by, start, count, budget } = wanted
  const scanning = {
    db,
    place,
    wanted,
    fits: filterSql(wanted.only),
    tokens: fewTokens(db, place, wanted.only),
  }
  if (by === undefined) return look(scanning, arrivals(scanning))
  if (start && 'at' in start) return look(scanning, arrivals(scanning))
  const marked = look(scanning, byMark(scanning, by))
  if (marked.stopped || marked.found.length >= count) return marked
  const rest = { ...wanted, start: undefined, count: count - marked.found.length, budget }
  const others = { ...scanning, wanted: rest }
  const { found, stopped } = look(others, arrivals(others))
  return { found: [...marked.found, ...found], stopped }
}

interface Scanning {
  readonly db: Connection
  readonly place: Place
  readonly wanted: Wanted
  readonly fits: Condition
  /** Those that may match, if they are few. */
  readonly tokens: string | undefined
}

// A statement that gives rows in their order: the key of the order, the token, and whether it fits.
interface Ordered extends Condition {
  readonly position: (key: number | string, token: number) => Position
}

function look({ db, place, wanted, fits, tokens }: Scanning, { sql, binds, position }: Ordered): Scanned {
  const { moment, only, count, budget } = wanted
  const statement = isCommon(only) ? prepared<[Binds], Cells>(db, sql) : db.prepare<[Binds], Cells>(sql)
  const all = { ...binds, ...fits.binds, ...moment, queue: place.ref, tokens: tokens ?? null }
  const found: Position[] = []
  let looked = 0
  // A cursor that is open for long would stop checkpoints: this one ends before anything else runs.
  for (const [key, token, isFit] of statement.raw().iterate(all) as Iterable<Cells>) {
    if (isFit) found.push(position(key, token))
    if (found.length >= count) break
    if (++looked >= budget) return { found, stopped: position(key, token) }
  }
  return { found, stopped: undefined }
}

/** By arrival; where a mark has the order, those without it. */
function arrivals({ wanted, fits, tokens }: Scanning): Ordered {
  const { only, order, by, start } = wanted
  const isOldest = order === 'oldest'
  const unmarked =
    by === undefined
      ? ''
      : ` and not exists (select 1 from pw_marks m where ${isMarkOf('m')} and m.mark = @by)`
  const after = start && 'at' in start ? ` and (arrived_at, token) ${isOldest ? '>' : '<'} (@at, @after)` : ''
  const terms = tokens === undefined ? rowTerms(only) : [among]
  // Suspects, and few tokens, are found by another index than the one that has the order.
  const at = tokens !== undefined || only.suspect ? '+arrived_at' : 'arrived_at'
  const parts = terms.map(
    (term) =>
      `select ${at} as at, token as n, (${fits.sql})${unmarked} as fits from pw_tokens t where ${term}${after}`,
  )
  const sorted = isOldest ? 'at, n' : 'at desc, n desc'
  return {
    sql: `${parts.join(' union all ')} order by ${sorted}`,
    binds: {
      ...(start && 'at' in start && { at: start.at, after: start.token }),
      ...(by !== undefined && { by }),
    },
    position: (at, token) => ({ at: at as number, token }),
  }
}

/** Those with a mark, in the order of its values. */
function byMark({ wanted, fits, tokens }: Scanning, by: string): Ordered {
  const { order, start } = wanted
  const isOldest = order === 'oldest'
  const from =
    tokens === undefined
      ? 'pw_marks b cross join pw_tokens t on t.token = b.token where b.queue = @queue and b.mark = @by'
      : `pw_tokens t cross join pw_marks b on ${isMarkOf('b')} where t.token in (select value from json_each(@tokens)) and +t.queue = @queue and b.mark = @by`
  const after =
    start && 'value' in start ? ` and (b.value, b.token) ${isOldest ? '>' : '<'} (@value, @after)` : ''
  const sorted = isOldest ? 'b.value, b.token' : 'b.value desc, b.token desc'
  return {
    sql: `select b.value, b.token, ${isMarkOf('b')} and ${fits.sql} as fits from ${from}${after} order by ${sorted}`,
    binds: { by, ...(start && 'value' in start && { value: start.value, after: start.token }) },
    position: (value, token) => ({ value, token }),
  }
}

const among = '+queue = @queue and token in (select value from json_each(@tokens))'
