import type { Accompany, Bury, Fence, Pop, Postpone, Progress } from '../../../queue/change.ts'
import { leaseLost } from '../../../queue/refusals.ts'
import { buried, dueAfter, holds, postponed, type Stay } from '../../../queue/rules/stay.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { OpenTransaction } from './open-transaction.ts'

/** Takes a leased message out of its queue. */
export function pop(open: OpenTransaction, change: Pop): void {
  const { id, hop, event } = change
  const queue = open.registry.queue(change.queue)
  const { workflow } = queue
  const token = open.ids.of(workflow, id)
  if (token === undefined) throw leaseLost(change)
  const move = open.leave(queue, token, change)
  const line = open.line({ token, hop }, queue, event, change)
  open.departures.add({ id, workflow, token, hop, event, line, move, hasArrived: false })
}

/** Gives a lease back, for now or for later. */
export function postpone(open: OpenTransaction, change: Postpone): void {
  const { charge, delayMs, error, suspect } = change
  const due = dueAfter(delayMs, open.now)
  const { queue, token } = answer(open, change, (stay) => postponed(stay, { due, charge, suspect, error }))
  if (due === undefined) open.tell(queue)
  else open.expectDue(due)
  open.line({ token, hop: change.hop }, queue, charge ? 'postponed' : 'released', change)
}

/** Makes a leased message dead. */
export function bury(open: OpenTransaction, change: Bury): void {
  const { queue, token } = answer(open, change, (stay) => buried(stay, change))
  open.line({ token, hop: change.hop }, queue, 'buried', change)
}

/** Remembers how far the work on a leased message is. */
export function progress(open: OpenTransaction, change: Progress): void {
  const { fraction, note } = change
  answer(open, change, (stay) => ({ ...stay, progress: { fraction, note } }))
}

/** Remembers that the worker works on others beside a leased message. */
export function accompany(open: OpenTransaction, change: Accompany): void {
  answer(open, change, (stay) => ({ ...stay, alone: false }))
}

// What `next` makes of the message whose lease `fence` proves.
function answer(
  open: OpenTransaction,
  fence: Fence,
  next: (stay: Stay) => Stay,
): { readonly queue: QueueEntry; readonly token: number } {
  const queue = open.registry.queue(fence.queue)
  const row = open.known(queue.workflow, fence.id)
  if (!row || row.queue !== queue.ref || !holds(row.hop, row.stay, fence)) throw leaseLost(fence)
  open.changed()
  open.rows.save(row.token, next(row.stay))
  return { queue, token: row.token }
}
