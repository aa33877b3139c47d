import type { Fault } from '../../../queue/change.ts'
import type { HistoryLine } from '../../../queue/lines.ts'
import type { Json } from '../../../schema/json.ts'
import { parseText } from '../tables/parse-text.ts'
import type { QueueNames } from '../tables/queue-names.ts'

/** A line of the history as its row has it. */
export interface LineCells {
  readonly at: number
  readonly hop: number
  readonly queue: number
  readonly event: HistoryLine['event']
  readonly attempt: number | null
  readonly actor: string | null
  readonly reason: string | null
  readonly fields: string | null
  readonly error: string | null
  readonly work_ms: number | null
  readonly target: number | null
  readonly owner: string | null
  readonly deploy: number | null
}

/** The columns of these cells, of a row `h`. */
export const lineColumns = `h.at, h.hop, h.queue, h.event, h.attempt, h.actor, h.reason, h.fields, h.error, h.work_ms, h.target,
  h.owner, h.deploy`

/** A line of its cells. */
export function lineOf(cells: LineCells, queues: QueueNames) {
  return {
    at: cells.at,
    hop: cells.hop,
    queue: queues.of(cells.queue)?.name,
    event: cells.event,
    attempt: cells.attempt ?? undefined,
    actor: cells.actor ?? undefined,
    reason: cells.reason ?? undefined,
    fields: parseText<Json>(cells.fields),
    error: parseText<Fault>(cells.error),
    workMs: cells.work_ms ?? undefined,
    to: queues.of(cells.target)?.name,
    owner: cells.owner ?? undefined,
    deploy: cells.deploy ?? undefined,
  }
}
