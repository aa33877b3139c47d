import type { Bury, Change, Fence, Postpone, Revive, Take } from '../../queue/change.ts'
import { checkChanges } from '../../queue/check-change.ts'
import { isHeld, leaseLost, movedOn, notDead } from '../../queue/refusals.ts'
import { unleased, waiting } from './message.ts'
import { push } from './push.ts'
import type { Place, Queues } from './queues.ts'
import { Transaction } from './transaction.ts'

/**
 * Applies all of `changes`, or throws what the first refused one asks for, with nothing changed. Returns the
 * queues in which something has become visible.
 */
export function commit(queues: Queues, changes: readonly Change[]): ReadonlySet<string> {
  checkChanges(changes)
  const transaction = new Transaction(queues)
  try {
    for (const change of changes) apply(transaction, change)
    transaction.end()
  } catch (error) {
    transaction.rollBack()
    throw error
  }
  return transaction.woken
}

function apply(transaction: Transaction, change: Change): void {
  if (change.kind === 'push') return push(transaction, change)
  if (change.kind === 'take') return take(transaction, change)
  if (change.kind === 'revive') return revive(transaction, change)
  const place = held(transaction.queues, change)
  if (change.kind === 'postpone') return postpone(transaction, place, change)
  if (change.kind === 'bury') return bury(transaction, place, change)
  if (change.kind === 'pop') {
    transaction.leave(place, change.event, change)
  } else if (change.kind === 'accompany') transaction.change(place, { alone: false })
  else {
    const { fraction, note } = change
    transaction.change(place, { progress: { fraction, note } })
  }
}

/** The message whose lease `fence` proves; throws `LeaseLostError`. */
function held(queues: Queues, fence: Fence): Place {
  const { queue: name, id, hop, lease } = fence
  const queue = queues.find(name)
  const message = queue?.messages.get(id)
  if (queue && message?.status === 'leased' && message.hop === hop && message.lease === lease) {
    return { queue, message }
  }
  throw leaseLost(fence)
}

function postpone(transaction: Transaction, place: Place, change: Postpone): void {
  const { charge, delayMs, error, suspect: isDoubted = false } = change
  const { attempts, suspect, error: lastError } = place.message
  transaction.tell(place, charge ? 'postponed' : 'released', change)
  transaction.change(place, {
    ...waiting(delayMs, transaction.queues.clock),
    attempts: attempts + (charge ? 1 : 0),
    // A release, as at a shutdown, says nothing about the message: a suspect stays one.
    suspect: isDoubted || (suspect && !charge),
    error: error ?? lastError,
  })
  transaction.woken.add(place.queue.name)
}

function bury(transaction: Transaction, place: Place, change: Bury): void {
  const error = change.error ?? place.message.error
  const attempts = Math.max(place.message.attempts, change.attempt ?? 0)
  transaction.tell(place, 'buried', change)
  transaction.change(place, { status: 'dead', ...unleased, suspect: false, attempts, error })
}

function revive(transaction: Transaction, change: Revive): void {
  const place = transaction.queues.place(change.queue, change.id)
  const { status } = place.message
  if (status !== 'dead') throw notDead(change, status)
  transaction.tell(place, 'revived', change)
  const fresh = { attempts: 0, crashes: 0, suspect: false }
  transaction.change(place, { ...waiting(0, transaction.queues.clock), ...fresh })
  transaction.woken.add(place.queue.name)
}

function take(transaction: Transaction, change: Take): void {
  const { queues } = transaction
  const { queue: name, id, hop, unheld } = change
  if (hop !== undefined && hasMovedOn(queues, change)) throw movedOn(change)
  const place = queues.place(name, id)
  const { status, untilAt } = place.message
  if (unheld && status === 'leased' && queues.clock.elapsed() < untilAt) throw isHeld(change)
  transaction.leave(place, change.event, change)
}

function hasMovedOn(queues: Queues, { queue: name, id, hop }: Take): boolean {
  const queue = queues.get(name)
  const message = queue.messages.get(id)
  return message ? message.hop !== hop : queues.travel(queue.workflow, id) !== undefined
}
