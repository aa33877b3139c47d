import type { Json } from '../../schema/json.ts'
import type { Fault } from '../change.ts'
import type { HistoryLine } from '../lines.ts'
import { parseText } from '../parse-text.ts'

/** A line of the history as its row has it; `Queue` is what a queue is known by there. */
export interface LineCells<Queue> {
  readonly at: number
  readonly hop: number
  readonly queue: Queue
  readonly event: HistoryLine['event']
  readonly attempt: number | null
  readonly actor: string | null
  readonly reason: string | null
  readonly fields: string | null
  readonly error: string | null
  readonly work_ms: number | null
  readonly target: Queue | null
  readonly owner: string | null
  readonly deploy: number | null
}

/** A line of its cells; `nameOf` says what a queue is called. */
export function lineOf<Queue>(cells: LineCells<Queue>, nameOf: (queue: Queue | null) => string | undefined) {
  return {
    at: cells.at,
    hop: cells.hop,
    queue: nameOf(cells.queue),
    event: cells.event,
    attempt: cells.attempt ?? undefined,
    actor: cells.actor ?? undefined,
    reason: cells.reason ?? undefined,
    fields: parseText<Json>(cells.fields),
    error: parseText<Fault>(cells.error),
    workMs: cells.work_ms ?? undefined,
    to: nameOf(cells.target),
    owner: cells.owner ?? undefined,
    deploy: cells.deploy ?? undefined,
  }
}
