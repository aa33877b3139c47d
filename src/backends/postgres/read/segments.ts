import type { Position } from '../../../queue/position.ts'
import type { Binds } from './binds.ts'
import { type Place, wantedSql } from './few.ts'
import { isMarkOf } from './filter-sql.ts'
import { rowTerms } from './row-terms.ts'
import type { Wanted } from './wanted.ts'

/** Where the rows of a segment are: each part is a select's tables and conditions. */
interface Part {
  readonly from: string
  readonly where: string
  /** Another condition that a row has to meet, beside the filter. */
  readonly fits?: string | undefined
}

/** Rows that have one order, by a column of their own. */
export interface Segment {
  /** The column by which they are in order, and behind it their token. */
  readonly key: string
  readonly type: 'bigint' | 'double precision' | 'text'
  readonly start: Position | undefined
  readonly positionOf: (row: { readonly key: number | string; readonly token: number }) => Position
  readonly partsOf: (
    place: Place,
    how: {
      readonly wanted: Wanted
      readonly tokens: readonly number[] | undefined
      readonly binds: Binds
    },
  ) => readonly Part[]
}

/** The rows that are wanted, by what they are in order of: one segment, or those with the mark and then the others. */
export function segmentsOf({ by, order, start }: Wanted): readonly Segment[] {
  const byArrival: Segment = {
    key: 't.arrived_at',
    type: 'bigint',
    start: start && 'at' in start ? start : undefined,
    positionOf: ({ key, token }) => ({ at: key as number, token }),
    partsOf: arrivals,
  }
  if (by === undefined || (start && 'at' in start)) return [byArrival]
  const isText = start && typeof start.value === 'string'
  const numbers = marked('number', 'double precision', isText ? undefined : start)
  const texts = marked('text', 'text', isText ? start : undefined)
  const both = order === 'oldest' ? [numbers, texts] : [texts, numbers]
  const isSecond = start && isText === (order === 'oldest')
  return [...(isSecond ? both.slice(1) : both), byArrival]
}

function marked(column: 'number' | 'text', type: Segment['type'], start: Position | undefined): Segment {
  return {
    key: `b.${column}`,
    type,
    start,
    positionOf: ({ key, token }) => ({ value: key, token }),
    partsOf: ({ ref }, { wanted, tokens, binds }) => {
      const has = `b.queue = ${binds.add(ref, 'integer')} and b.mark = ${binds.add(wanted.by, 'text')} and b.${column} is not null
        and ${wantedSql('b', wanted.only.marks?.[wanted.by!] ?? {}, binds)}`
      const from = 'pw_marks b join pw_tokens t on t.token = b.token'
      const where = tokens ? `${has} and t.token = any(${binds.add(tokens, 'bigint[]')})` : has
      return [{ from, where, fits: isMarkOf('b') }]
    },
  }
}

const arrivals: Segment['partsOf'] = ({ ref }, { wanted, tokens, binds }) => {
  const { only, moment, by } = wanted
  // The index of the queue would find them too, among all others.
  const terms = tokens
    ? [`t.queue + 0 = ${binds.add(ref, 'integer')} and t.token = any(${binds.add(tokens, 'bigint[]')})`]
    : rowTerms(only, { queue: ref, moment, binds })
  return terms.map((where) => ({
    from: 'pw_tokens t',
    where,
    fits:
      by === undefined
        ? undefined
        : `not exists (select 1 from pw_marks u where ${isMarkOf('u')} and u.mark = ${binds.add(by, 'text')})`,
  }))
}
