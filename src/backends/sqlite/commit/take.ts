import type { Revive, Take } from '../../../queue/change.ts'
import { isHeld, movedOn, notDead, notThere } from '../../../queue/refusals.ts'
import { revived } from '../../../queue/rules/stay.ts'
import type { OpenTransaction } from './open-transaction.ts'

/** Takes a message out of its queue without a lease. */
export function take(open: OpenTransaction, change: Take): void {
  const { id, event } = change
  const queue = open.registry.queue(change.queue)
  const { workflow } = queue
  const row = open.known(workflow, id)
  const isThere = row?.queue === queue.ref && (change.hop === undefined || change.hop === row.hop)
  if (!isThere) throw row && change.hop !== undefined ? movedOn(change) : notThere(change)
  const { token, hop, stay } = row
  if (change.unheld && stay.held && stay.held.until > open.elapsed) throw isHeld(change)
  open.changed()
  open.rows.vacate(token)
  const line = open.line(row, queue, event, change)
  open.departures.add({ id, workflow, token, hop, event, line, move: undefined, hasArrived: false })
}

/** Makes a dead message ready again. */
export function revive(open: OpenTransaction, change: Revive): void {
  const queue = open.registry.queue(change.queue)
  const row = open.known(queue.workflow, change.id)
  if (row?.queue !== queue.ref) throw notThere(change)
  if (row.stay.status !== 'dead') throw notDead(change, row.stay.status)
  open.changed()
  open.rows.save(row.token, revived(row.stay))
  open.tell(queue)
  open.line(row, queue, 'revived', change)
}
