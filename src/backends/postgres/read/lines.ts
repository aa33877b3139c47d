import type { HistoryLine, LinePage, LinesRequest } from '../../../queue/lines.ts'
import type { Session } from '../server/database.ts'
import { Binds } from './binds.ts'
import { type LineCells, lineColumns, lineOf } from './line-cells.ts'
import { type Span, spanOf } from './line-span.ts'
import { mostLooked } from './most-looked.ts'

interface Cells extends LineCells {
  readonly line: number
  readonly id: string | null
  readonly workflow: string | null
}

/** A page of the history, up to the line `settled`. */
export async function readLines(session: Session, request: LinesRequest, settled: number): Promise<LinePage> {
  const { limit = 100 } = request
  const whole = await spanOf(session, request)
  const span = { ...whole, last: Math.min(whole.last, settled) }
  const { sql, values } = pageSql(session, request, span)
  const cells = await session.rows<Cells>(sql, ...values)
  const lines = cells.slice(0, limit).map((each) => historyLineOf(session, each))
  const next = cells.length > limit ? lines.at(-1)!.line : await endOf(session, request, span)
  return { lines, next: next === undefined ? undefined : String(next) }
}

/** Which lines are looked at, and in which order: what people do has an index of its own. */
function ordered({ actor, people, order = 'oldest' }: LinesRequest) {
  const isOfPeople = people || actor !== undefined
  return {
    which: isOfPeople ? ' and h.actor is not null' : '',
    sorted: order === 'oldest' ? 'h.line' : 'h.line desc',
  }
}

// Lines are looked at one after the other until there are enough: the inner limit is seldom reached.
function pageSql(
  { queues }: Session,
  request: LinesRequest,
  { first, last }: Span,
): { readonly sql: string; readonly values: readonly unknown[] } {
  const { actor, event, queue, from, to, limit = 100 } = request
  const { which, sorted } = ordered(request)
  const binds = new Binds()
  const terms = [
    ...(actor === undefined ? [] : [`h.actor = ${binds.add(actor, 'text')}`]),
    ...(event === undefined ? [] : [`h.event = any(${binds.add([event].flat(), 'text[]')})`]),
    ...(queue === undefined ? [] : [`h.queue = ${binds.add(refOf(queues.all, queue), 'integer')}`]),
    ...(from === undefined ? [] : [`h.at >= ${binds.add(from, 'double precision')}`]),
    ...(to === undefined ? [] : [`h.at < ${binds.add(to, 'double precision')}`]),
  ]
  const sql = `select ${lineColumns}, h.line, t.id, coalesce(t.workflow, q.workflow) as workflow
    from (select h.* from (select h.* from pw_history h
          where h.line between ${binds.add(first, 'bigint')} and ${binds.add(last, 'bigint')}${which}
          order by ${sorted} limit ${mostLooked}) h
        ${terms.length === 0 ? '' : `where ${terms.join(' and ')}`} order by ${sorted} limit ${binds.add(limit + 1, 'bigint')}) h
      left join pw_tokens t on t.token = h.token left join pw_queues q on q.ref = h.queue
    order by ${sorted}`
  return { sql, values: binds.values }
}

/** The line at which a look through `span` had to end; undefined if it went to its end. */
async function endOf(
  { rows }: Session,
  request: LinesRequest,
  { first, last }: Span,
): Promise<number | undefined> {
  const { which, sorted } = ordered(request)
  const [end] = await rows<{ line: number }>(
    `select h.line from pw_history h where h.line between $1 and $2${which} order by ${sorted} limit 1 offset ${mostLooked - 1}`,
    first,
    last,
  )
  return end?.line
}

function refOf(queues: readonly { readonly name: string; readonly ref: number }[], name: string): number {
  return queues.find((each) => each.name === name)?.ref ?? -1
}

function historyLineOf({ queues }: Session, cells: Cells): HistoryLine {
  const { line, id, workflow, hop } = cells
  return {
    ...lineOf(cells, queues),
    line,
    hop: hop || undefined,
    id: id ?? undefined,
    workflow: workflow ?? undefined,
  }
}
