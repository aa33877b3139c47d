import type { Push } from '../../../queue/change.ts'
import { textOf } from '../../../queue/check-value.ts'
import { hasNoTaker, hasNotLeft, isKnown } from '../../../queue/refusals.ts'
import { dueAfter } from '../../../queue/rules/stay.ts'
import { tagOf, takerOf } from '../../../queue/succession.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { Arrival, TokenRow } from '../tables/token-rows.ts'
import type { OpenTransaction } from './open-transaction.ts'

/** Puts a message into a queue: of a token from outside, or of one that has left a queue in the same commit. */
export function push(open: OpenTransaction, change: Push): void {
  const queue = takerOfPush(open, change)
  const hasCome = change.enter === undefined ? goOn(open, queue, change) : enter(open, queue, change)
  if (!hasCome) return
  const { delayMs = 0 } = change
  if (delayMs > 0) open.expectDue(dueAfter(delayMs, open.now)!)
  else open.tell(queue, { maybeLeased: true })
}

// Where a declaration has split, merged or left out the queue meanwhile, the push goes where the declaration would have
// moved it.
function takerOfPush({ registry }: OpenTransaction, { queue: name, value, token }: Push): QueueEntry {
  const queue = registry.queue(name)
  const { heirs, workflow } = queue
  if (heirs === null) return queue
  const tag = tagOf(value)
  const taker = takerOf(queue, tag, registry.succession)
  if (taker) return taker
  throw hasNoTaker({ queue: name, id: token.id }, { workflow, tag, isSplit: heirs !== '[]' })
}

// A token that has not left a queue in this commit is still in one: it must not be in a second.
function goOn(open: OpenTransaction, queue: QueueEntry, change: Push): boolean {
  const { token } = change
  const departure = open.departures.find(queue.workflow, token.id)
  if (!departure) throw hasNotLeft({ queue: change.queue, id: token.id })
  const to = arrivalOf(open, queue, { change, hop: token.hop })
  departure.hasArrived = true
  departure.line.target = queue.ref
  departure.line.deploy ??= token.deploy
  open.arrive(departure, to)
  return true
}

/** Returns whether it has entered, and is not ignored. */
function enter(open: OpenTransaction, queue: QueueEntry, change: Push): boolean {
  const { workflow } = queue
  const { id } = change.token
  const known = open.known(workflow, id)
  if (!known) {
    const token = open.enter(workflow, id, arrivalOf(open, queue, { change, hop: 1 }))
    tellEntry(open, queue, { change, token, hop: 1 })
    return true
  }
  if (change.enter === 'ignore') return false
  const hasFinished = known.finishedAt !== undefined
  if (change.enter === 'refuse') throw isKnown({ queue: change.queue, id }, { workflow, hasFinished })
  enterAgain(open, queue, { change, known })
  return true
}

// Takes the token out of whatever queue it is in.
function enterAgain(
  open: OpenTransaction,
  queue: QueueEntry,
  { change, known }: { readonly change: Push; readonly known: TokenRow },
): void {
  const { token } = known
  const { actor, reason } = change
  const { id, parent } = change.token
  const hop = known.hop + 1
  const to = arrivalOf(open, queue, { change, hop })
  const old = known.queue === undefined ? undefined : open.registry.of(known.queue)
  if (old) open.line(known, old, 'replaced', { actor, reason })
  const departure = open.departures.find(queue.workflow, id)
  if (departure) departure.hasArrived = true
  open.rows.enterAgain(token, parent, open.now)
  open.place(token, to)
  tellEntry(open, queue, { change, token, hop })
}

function tellEntry(
  open: OpenTransaction,
  queue: QueueEntry,
  { change, token, hop }: { readonly change: Push; readonly token: number; readonly hop: number },
): void {
  const { actor, reason } = change
  open.line({ token, hop }, queue, 'entered', { actor, reason, deploy: change.token.deploy })
}

function arrivalOf(
  { now }: OpenTransaction,
  { ref, role }: QueueEntry,
  { change, hop }: { readonly change: Push; readonly hop: number },
): Arrival {
  const { delayMs = 0, token } = change
  const { id, frames, priority, parent, deploy } = token
  const at = { queue: change.queue, id }
  return {
    queue: ref,
    hop,
    parent: parent ?? null,
    value: textOf(change.value, at) ?? null,
    frames: frames.length === 0 ? null : JSON.stringify(frames),
    priority,
    deploy,
    due: dueAfter(delayMs, now) ?? null,
    finishedAt: role === 'output' ? now : null,
  }
}
