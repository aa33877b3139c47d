import type { Filter } from '../../../queue/filter.ts'
import type { Moment } from '../../../queue/lapse.ts'
import type { Binds } from './binds.ts'
import { wholeRangeSql } from './filter-sql.ts'

/**
 * The conditions that have all rows `t` of a queue, each once, which may match a filter by its status at a moment, and by when they came; others may be
 * among them. There is one for each way in which they may be stored, so that an index has them in the order of arrival, or has few.
 */
export function rowTerms(
  { status, suspect, arrived }: Pick<Filter, 'status' | 'suspect' | 'arrived'>,
  { queue, moment, binds }: { readonly queue: number; readonly moment: Moment; readonly binds: Binds },
): readonly string[] {
  const within = ['', ...wholeRangeSql('t.arrived_at', arrived, binds)].join(' and ')
  const here = () => `t.queue = ${binds.add(queue, 'integer')}${within}`
  const stored = (which: string) => `${here()} and t.status = '${which}'`
  const now = () => binds.add(moment.now, 'bigint')
  const elapsed = () => binds.add(moment.elapsed, 'bigint')
  // They are few, and are together in the index of the line.
  if (suspect)
    return [
      `${stored('ready')} and t.suspect and t.lane = any(array(select 0::bigint union all
         select l.ref from pw_lanes l where l.queue = ${binds.add(queue, 'integer')} and l.suspects))`,
    ]
  switch (status) {
    case undefined:
      return [...(['ready', 'delayed', 'dead', 'waiting'] as const).map(stored), stored('leased')]
    case 'ready':
      return [
        stored('ready'),
        `${here()} and t.due <= ${now()} and t.status in ('delayed', 'waiting')`,
        `${stored('leased')} and t.until <= ${elapsed()}`,
      ]
    case 'leased':
      return [`${stored('leased')} and t.until > ${elapsed()}`]
    case 'delayed':
      return [`${stored('delayed')} and t.due > ${now()}`]
    case 'dead':
      return [stored('dead')]
    case 'waiting':
      return [`${stored('waiting')} and (t.due is null or t.due > ${now()})`]
  }
}
