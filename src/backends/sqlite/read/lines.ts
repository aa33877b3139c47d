import { lineAfter } from '../../../queue/check-lines.ts'
import type { HistoryLine, LinePage, LinesRequest } from '../../../queue/lines.ts'
import type { Connection } from '../file/connection.ts'
import { mostLooked } from '../filter/most-looked.ts'
import { prepared } from '../tables/prepared.ts'
import { type LineCells, lineOf, selectWith } from './line-cells.ts'

/** By so much a clock may be set back without hiding a line. */
const slackMs = 3_600_000

interface Cells extends LineCells {
  readonly line: number
  readonly id: string | null
  readonly workflow: string | null
}

/** Lines of the history, by their numbers: from the first on, both ends among them. */
interface Span {
  readonly first: number
  readonly last: number
}

const more = ', h.line, t.id, coalesce(t.workflow, q.workflow) as workflow'
const tokens = 'left join pw_tokens t on t.token = h.token'

/**
 * A page of the history. Lines have no index by time: their numbers are in the order of it, but for what clocks have done, so a
 * time is searched among the numbers. What people do has an index of its own.
 */
export function readPage(db: Connection, request: LinesRequest): LinePage {
  const { actor, people = actor !== undefined, limit = 100, order = 'oldest' } = request
  const span = spanOf(db, request)
  const isOldest = order === 'oldest'
  const end = endOf(db, span, { people, isOldest })
  const looked = end === undefined ? span : isOldest ? { ...span, last: end } : { ...span, first: end }
  const cells = prepared<[object], Cells>(db, pageSql(people, isOldest)).all({
    ...looked,
    actor: actor ?? null,
    events: request.event === undefined ? null : JSON.stringify([request.event].flat()),
    queue: request.queue ?? null,
    from: request.from ?? null,
    to: request.to ?? null,
    limit: limit + 1,
  })
  const lines = cells.slice(0, limit).map(historyLineOf)
  const next = cells.length > limit ? lines.at(-1)!.line : end
  return { lines, next: next === undefined ? undefined : String(next) }
}

function pageSql(people: boolean, isOldest: boolean): string {
  const history = people ? 'pw_history h indexed by pw_people' : 'pw_history h'
  return `${selectWith(more, history)} ${tokens} where h.line between @first and @last ${people ? 'and h.actor is not null' : ''}
      and (@actor is null or h.actor = @actor) and (@events is null or e.name in (select value from json_each(@events))) and (@queue is null or q.name = @queue)
      and (@from is null or h.at >= @from) and (@to is null or h.at < @to)
    order by h.line ${isOldest ? '' : 'desc'} limit 0 + @limit`
}

/** The line at which a look through `span` has to end; undefined if it may go to its end. */
function endOf(
  db: Connection,
  { first, last }: Span,
  { people, isOldest }: { readonly people: boolean; readonly isOldest: boolean },
): number | undefined {
  const which = people ? 'and actor is not null' : ''
  return prepared<[number, number], number>(
    db,
    `select line from pw_history where line between ? and ? ${which}
       order by line ${isOldest ? '' : 'desc'} limit 1 offset ${mostLooked - 1}`,
  )
    .pluck()
    .get(first, last)
}

/** Where the lines may be that `request` asks for. */
function spanOf(db: Connection, { from, to, after, order = 'oldest' }: LinesRequest): Span {
  const whole = {
    first: from === undefined ? 1 : lineAt(db, from - slackMs),
    last: to === undefined ? Number.MAX_SAFE_INTEGER : lineAt(db, to + slackMs),
  }
  if (after === undefined) return whole
  const line = lineAfter(after)
  return order === 'oldest'
    ? { ...whole, first: Math.max(whole.first, line + 1) }
    : { ...whole, last: Math.min(whole.last, line - 1) }
}

/** The number from which on lines are of a time or later. */
function lineAt(db: Connection, time: number): number {
  const next = prepared<[number], { line: number; at: number }>(
    db,
    'select line, at from pw_history where line >= ? order by line limit 1',
  )
  let low = 1
  let high = 1 + (prepared<[], number | null>(db, 'select max(line) from pw_history').pluck().get() ?? 0)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const found = next.get(middle)
    // Between two numbers there may be none, as the lines of old tokens are deleted.
    if (!found || found.at >= time) high = middle
    else low = found.line + 1
  }
  return low
}

function historyLineOf(cells: Cells): HistoryLine {
  const { line, id, workflow, hop } = cells
  return {
    ...lineOf(cells),
    line,
    hop: hop || undefined,
    id: id ?? undefined,
    workflow: workflow ?? undefined,
  }
}
