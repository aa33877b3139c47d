import type { Filter } from '../../../queue/filter.ts'
import type { Status } from '../../../queue/status.ts'

/*
 * The rows of the queue @queue that have a status at @now and @elapsed, see `statusAt`: a term for each way in which they may be
 * stored, each with the index that finds it in the order of arrival, or that finds few.
 */
const inLine = `queue = @queue and status is not 'leased'`
const terms = {
  ready: [
    `${inLine} and status = 'ready'`,
    `queue = @queue and due <= @now and status in ('delayed', 'waiting')`,
  ],
  leased: [`status = 'leased' and until > @elapsed and queue = @queue`],
  delayed: [`${inLine} and status = 'delayed' and due > @now`],
  dead: [`${inLine} and status = 'dead'`],
  waiting: [`${inLine} and status = 'waiting' and (due is null or due > @now)`],
} as const satisfies Record<Status, readonly string[]>
const lapsed = `status = 'leased' and until <= @elapsed and queue = @queue`
const anyTerms = [
  ...(['ready', 'delayed', 'dead', 'waiting'] as const).map((each) => `${inLine} and status = '${each}'`),
]
/** Those that are leased as suspects, by the index in which they are together: they are few, and few are in order anyway. */
const suspects = `${inLine} and status = 'ready' and suspect = 1
  and lane in (select 0 union all select ref from pw_lanes where queue = @queue and suspects = 1)`
const held = `status = 'leased' and queue = @queue`

/** The terms that have all rows of a queue, each once, which may match a filter by its status; others may be among them. */
export function rowTerms({ status, suspect }: Pick<Filter, 'status' | 'suspect'>): readonly string[] {
  if (suspect) return [suspects]
  if (status === undefined) return [...anyTerms, held]
  return status === 'ready' ? [...terms.ready, lapsed] : terms[status]
}
