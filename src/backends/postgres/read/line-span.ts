import { lineAfter } from '../../../queue/check-lines.ts'
import type { LinesRequest } from '../../../queue/lines.ts'
import type { Session } from '../server/database.ts'

/** By so much clocks may differ, or be set back, without hiding a line. */
const slackMs = 3_600_000

/** Lines of the history, by their numbers: from the first on, both ends among them. */
export interface Span {
  readonly first: number
  readonly last: number
}

/** Where the lines may be that `request` asks for. */
export async function spanOf(
  session: Session,
  { from, to, after, order = 'oldest' }: LinesRequest,
): Promise<Span> {
  const whole = {
    first: from === undefined ? 1 : await lineAt(session, from - slackMs),
    last: to === undefined ? Number.MAX_SAFE_INTEGER : await lineAt(session, to + slackMs),
  }
  if (after === undefined) return whole
  const line = lineAfter(after)
  return order === 'oldest'
    ? { ...whole, first: Math.max(whole.first, line + 1) }
    : { ...whole, last: Math.min(whole.last, line - 1) }
}

// The numbers of lines are in the order of their times, but for what clocks have done, so a time is searched among the numbers.
// Between two of them there may be none, as the lines of old tokens are deleted.
const search = `with recursive search (low, high) as (
    select 1::bigint, 1 + coalesce((select max(line) from pw_history), 0)
    union all
    select case when f.at < $1::double precision then f.line + 1 else low end,
        case when f.at < $1::double precision then high else (low + high) / 2 end
      from search left join lateral
        (select h.line, h.at from pw_history h where h.line >= (low + high) / 2 order by h.line limit 1) f on true
      where low < high)
  select low as line from search where low >= high limit 1`

/** The number from which on lines are of a time or later. */
async function lineAt({ rows }: Session, time: number): Promise<number> {
  const [found] = await rows<{ line: number }>(search, time)
  return found!.line
}
