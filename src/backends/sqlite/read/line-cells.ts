import { type LineCells as Cells, lineOf as lineOfCells } from '../../../queue/rules/line-cells.ts'

/** A line of the history as SQLite gives it, with the names of queues. */
export type LineCells = Cells<string | null>

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
  return lineOfCells(cells, (name) => name ?? undefined)
}
