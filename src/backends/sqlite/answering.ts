import type { Bury, Fence, Pop, Postpone, Progress } from '../../queue/change.ts'
import { LeaseLostError } from '../../queue/errors.ts'
import { faultText } from './history.ts'
import type { Ledger } from './ledger.ts'

/** Takes a leased message out of its queue. */
export function pop({ registry, history, turn }: Ledger, change: Pop): void {
  const { queue, id, hop } = change
  const table = registry.table(queue)
  const token = table.pop.get(id, hop, change.lease)
  if (token === undefined) throw leaseLost(change)
  turn.dirty = true
  const { ref, workflow } = table.entry
  turn.departed.push({ id, workflow, token, hop, arrived: false })
  history.add({ at: turn.now, token, hop, queue: ref }, change.event, change)
}

/** Gives a lease back, for now or for later. */
export function postpone({ registry, history, turn }: Ledger, change: Postpone): void {
  const { queue, id, hop, lease, delayMs, charge } = change
  const table = registry.table(queue)
  const due = delayMs > 0 ? Math.ceil(turn.now + delayMs) : null
  const status = due === null ? 'ready' : 'delayed'
  const charged = charge ? 1 : 0
  // A release, as at a shutdown, says nothing about the message: a suspect stays one.
  const token = table.postpone.get(status, due, charged, 1 - charged, faultText(change.error), id, hop, lease)
  if (token === undefined) throw leaseLost(change)
  turn.dirty = true
  if (due === null) turn.visible.add(table)
  else turn.nextDue = Math.min(turn.nextDue, due)
  const event = charge ? 'postponed' : 'released'
  history.add({ at: turn.now, token, hop, queue: table.entry.ref }, event, change)
}

/** Makes a leased message dead. */
export function bury({ registry, history, turn }: Ledger, change: Bury): void {
  const { queue, id, hop, lease } = change
  const table = registry.table(queue)
  const token = table.bury.get(faultText(change.error), id, hop, lease)
  if (token === undefined) throw leaseLost(change)
  turn.dirty = true
  history.add({ at: turn.now, token, hop, queue: table.entry.ref }, 'buried', change)
}

/** Remembers how far the work on a leased message is. */
export function progress({ registry, turn }: Ledger, change: Progress): void {
  const { queue, id, hop, lease, fraction, note } = change
  const token = registry.table(queue).progress.get(JSON.stringify({ fraction, note }), id, hop, lease)
  if (token === undefined) throw leaseLost(change)
  turn.dirty = true
}

function leaseLost({ queue, id, hop, lease }: Fence): LeaseLostError {
  const sentence = `Lease ${lease} of "${id}" (hop ${hop}) in queue "${queue}" does not hold any more`
  return new LeaseLostError(`${sentence}; what was answered with it is not recorded.`, { queue, id })
}
