import type { Position } from '../../../queue/position.ts'
import { Binds } from './binds.ts'
import type { Place } from './few.ts'
import { filterSql, isMarkOf } from './filter-sql.ts'
import type { Segment } from './segments.ts'
import type { Wanted } from './wanted.ts'

/** A row that may be wanted, or the last of a page. */
export interface Looked {
  readonly key: number | string
  readonly token: number
  readonly fits: boolean
  readonly value: string | null
  readonly words: readonly string[] | null
  /** Which of the rows of the page it is, from 1. */
  readonly place: number
  /** How many rows the page has, those that were left out because their values are too long together among them. */
  readonly total: number
}

/** Values of a page are so long together at most, in bytes, but for the first. */
const mostBytes = 8_000_000

/** The statement for the rows of a page that match `only` as far as SQL can tell, and for its last row. */
export function lookSql({
  place,
  wanted,
  segment,
  tokens,
  after,
  size,
}: {
  readonly place: Place
  readonly wanted: Wanted
  readonly segment: Segment
  readonly tokens: readonly number[] | undefined
  readonly after: Position | undefined
  readonly size: number
}): { readonly sql: string; readonly values: readonly unknown[] } {
  const { only, order, moment } = wanted
  const binds = new Binds()
  const isOldest = order === 'oldest'
  const sorted = (key: string, token: string) =>
    isOldest ? `${key}, ${token}` : `${key} desc, ${token} desc`
  const readsPaths = (only.where?.length ?? 0) > 0
  const readsValue = readsPaths || only.tag !== undefined || wanted.seeTag !== undefined
  const words =
    only.text === undefined ? 'null::text[]' : `(select x.words from pw_texts x where ${isMarkOf('x')})`
  const token = segment.key.startsWith('b.') ? 'b.token' : 't.token'
  const filter = filterSql(only, { binds, moment, workflow: place.workflow })
  const most = binds.add(size, 'bigint')
  const parts = segment.partsOf(place, { wanted, tokens, binds }).map(({ from, where, fits }) => {
    const behind =
      after === undefined
        ? ''
        : ` and (${segment.key}, ${token}) ${isOldest ? '>' : '<'} (${binds.add(keyOf(after), segment.type)}, ${binds.add(after.token, 'bigint')})`
    return `(select ${segment.key} as key, ${token} as token, ${fits ? `${fits} and ` : ''}(${filter}) as fits,
        ${readsValue ? 't.value' : 'null::text'} as value, ${words} as words
      from ${from} where ${where}${behind} order by ${sorted(segment.key, token)} limit ${most})`
  })
  const together =
    parts.length === 1
      ? parts[0]!
      : `${parts.join(' union all ')} order by ${sorted('key', 'token')} limit ${most}`
  const before = readsValue
    ? `coalesce(sum(octet_length(value))
        over (order by ${sorted('key', 'token')} rows between unbounded preceding and 1 preceding), 0)`
    : '0'
  return {
    sql: `with looked as materialized (${together}),
        read as (select key, token, fits, words, case when fits then ${readsPaths ? 'value' : tagged} end as value from looked),
        numbered as (select *, row_number() over (order by ${sorted('key', 'token')}) as place, ${before} as before from read),
        shown as (select * from numbered where before < ${mostBytes})
      select key, token, fits, value, words, place, (select count(*) from looked) as total
        from shown where fits or place = (select max(place) from shown) order by place`,
    values: binds.values,
  }
}

// A value with its tag, which most have first: then that is all of it that is sent.
const tagged = `coalesce(substring(substr(value, 1, 1000) from '^\\{"tag":"[^"\\\\]*"') || '}', value)`

function keyOf(position: Position): number | string {
  return 'at' in position ? position.at : position.value
}
