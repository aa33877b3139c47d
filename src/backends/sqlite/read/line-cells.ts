import type { Fault } from '../../../queue/change.ts'
import type { HistoryLine } from '../../../queue/lines.ts'
import type { Json } from '../../../schema/json.ts'
import { parseText } from '../tables/parse-text.ts'

/** A line of the history as SQLite gives it. */
export interface LineCells {
  readonly at: number
  readonly hop: number
  readonly queue: string | null
  readonly event: HistoryLine['event']
  readonly attempt: number | null
  readonly actor: string | null
  readonly reason: string | null
  readonly fields: string | null
  readonly error: string | null
  readonly work_ms: number | null
  readonly target: string | null
  readonly owner: string | null
  readonly deploy: number | null
}

/** The columns of `LineCells`, and the tables that they are in; a condition may follow. */
export const selectLines = selectWith('', 'pw_history h')

/** The same with more columns, from the history as it is to be searched. */
export function selectWith(more: string, history: string): string {
  return `select h.at, h.hop, q.name as queue, e.name as event, h.attempt, h.actor, h.reason, h.fields, h.error, h.work_ms,
      z.name as target, o.name as owner, h.deploy${more}
    from ${history} join pw_events e on e.ref = h.event left join pw_queues q on q.ref = h.queue
      left join pw_queues z on z.ref = h.target left join pw_owners o on o.ref = h.owner`
}

/** A line of its cells. */
export function lineOf(cells: LineCells) {
  return {
    at: cells.at,
    hop: cells.hop,
    queue: cells.queue ?? undefined,
    event: cells.event,
    attempt: cells.attempt ?? undefined,
    actor: cells.actor ?? undefined,
    reason: cells.reason ?? undefined,
    fields: parseText<Json>(cells.fields),
    error: parseText<Fault>(cells.error),
    workMs: cells.work_ms ?? undefined,
    to: cells.target ?? undefined,
    owner: cells.owner ?? undefined,
    deploy: cells.deploy ?? undefined,
  }
}
