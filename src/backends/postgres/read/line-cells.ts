import { type LineCells as Cells, lineOf as lineOfCells } from '../../../queue/rules/line-cells.ts'
import type { QueueNames } from '../tables/queue-names.ts'

/** A line of the history as its row has it. */
export type LineCells = Cells<number>

/** The columns of these cells, of a row `h`. */
export const lineColumns = `h.at, h.hop, h.queue, h.event, h.attempt, h.actor, h.reason, h.fields, h.error, h.work_ms, h.target,
  h.owner, h.deploy`

/** A line of its cells. */
export function lineOf(cells: LineCells, queues: QueueNames) {
  return lineOfCells(cells, (ref) => queues.of(ref)?.name)
}
