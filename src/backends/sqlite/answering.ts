import type { Accompany, Bury, Pop, Postpone, Progress } from '../../queue/change.ts'
import { leaseLost } from '../../queue/refusals.ts'
import { faultText } from './history.ts'
import type { Ledger } from './ledger.ts'

/** Takes a leased message out of its queue. */
export function pop({ registry, tokens, history, turn, departures }: Ledger, change: Pop): void {
  const { queue, id, hop } = change
  const table = registry.table(queue)
  const token = tokens.refOf(table, id)
  if (token === undefined) throw leaseLost(change)
  turn.dirty = true
  departures.add(table, { token, change })
  table.refs.delete(id)
  const { ref, workflow } = table.entry
  const line = history.add({ at: turn.now, token, hop, queue: ref }, change.event, change)
  turn.departed.push({ id, workflow, token, hop, event: change.event, line, arrived: false })
}

/** Gives a lease back, for now or for later. */
export function postpone({ registry, tokens, history, turn, departures }: Ledger, change: Postpone): void {
  const { queue, id, hop, lease, delayMs, charge, suspect } = change
  const table = registry.table(queue)
  departures.settleAt(table)
  const due = delayMs > 0 ? Math.ceil(turn.now + delayMs) : null
  const status = due === null ? 'ready' : 'delayed'
  const charged = charge ? 1 : 0
  const answer = [status, due, charged, 1 - charged, suspect ? 1 : 0, faultText(change.error)]
  // A release, as at a shutdown, says nothing about the message: a suspect stays one.
  const token = tokens.refOf(table, id)
  const answered = token !== undefined && table.answers.postpone.run(...answer, token, hop, lease).changes > 0
  if (!answered) throw leaseLost(change)
  turn.dirty = true
  if (due === null) turn.tell(table)
  else turn.nextDue = Math.min(turn.nextDue, due)
  const event = charge ? 'postponed' : 'released'
  history.add({ at: turn.now, token, hop, queue: table.entry.ref }, event, change)
}

/** Makes a leased message dead. */
export function bury({ registry, tokens, history, turn, departures }: Ledger, change: Bury): void {
  const { queue, id, hop, lease } = change
  const table = registry.table(queue)
  departures.settleAt(table)
  const token = tokens.refOf(table, id)
  const answered =
    token !== undefined &&
    table.answers.bury.run(faultText(change.error), change.attempt ?? 0, token, hop, lease).changes > 0
  if (!answered) throw leaseLost(change)
  turn.dirty = true
  history.add({ at: turn.now, token, hop, queue: table.entry.ref }, 'buried', change)
}

/** Remembers how far the work on a leased message is. */
export function progress({ registry, tokens, turn, departures }: Ledger, change: Progress): void {
  const { queue, id, hop, lease, fraction, note } = change
  const table = registry.table(queue)
  departures.settleAt(table)
  const token = tokens.refOf(table, id)
  const text = JSON.stringify({ fraction, note })
  if (token === undefined || table.answers.progress.run(text, token, hop, lease).changes === 0)
    throw leaseLost(change)
  turn.dirty = true
}

/** Remembers that the worker works on others beside a leased message. */
export function accompany({ registry, tokens, turn, departures }: Ledger, change: Accompany): void {
  const { queue, id, hop, lease } = change
  const table = registry.table(queue)
  departures.settleAt(table)
  const token = tokens.refOf(table, id)
  if (token === undefined || table.answers.accompany.run(token, hop, lease).changes === 0)
    throw leaseLost(change)
  turn.dirty = true
}
