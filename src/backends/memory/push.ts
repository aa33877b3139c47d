import type { Push } from '../../queue/change.ts'
import { textOf } from '../../queue/check-value.ts'
import type { Clock } from '../../queue/clock.ts'
import { hasNoTaker, hasNotLeft, isKnown } from '../../queue/refusals.ts'
import { tagOf, takerOf } from '../../queue/succession.ts'
import type { MemoryQueue } from './memory-queue.ts'
import { type Message, waiting } from './message.ts'
import { succession } from './succession.ts'
import type { Transaction } from './transaction.ts'

/** Puts a message into a queue: of a token from outside, or of one that has left a queue in the same commit. */
export function push(transaction: Transaction, change: Push): void {
  const { queues } = transaction
  const queue = takerOfPush(transaction, change)
  const hop = change.enter ? enter(transaction, change, queue) : goOn(transaction, change, queue)
  if (hop === undefined) return
  const travel = queues.travel(queue.workflow, change.token.id)!
  const message = messageOf(change, { hop, seq: travel.number }, queues.clock)
  transaction.add({ queue, message })
  const isDone = queue.spec.role === 'output'
  const finishedAt = isDone ? message.enteredAt : undefined
  transaction.changeTravel(travel, { hop, finishedAt, outcome: isDone ? 'done' : undefined })
  const { actor, reason, token } = change
  if (change.enter) transaction.tell({ queue, message }, 'entered', { actor, reason, deploy: token.deploy })
  transaction.woken.add(queue.name)
}

// Where a declaration has split, merged or left out the queue meanwhile, the push goes where the declaration would have
// moved it.
function takerOfPush({ queues }: Transaction, { queue: name, value, token }: Push): MemoryQueue {
  const queue = queues.get(name)
  if (!queue.heirs) return queue
  const tag = tagOf(value)
  const taker = takerOf(queue, tag, succession)
  if (taker) return taker
  const { workflow, heirs } = queue
  throw hasNoTaker({ queue: name, id: token.id }, { workflow, tag, isSplit: heirs.length > 0 })
}

function goOn(transaction: Transaction, { token }: Push, queue: MemoryQueue): number {
  const { id, hop, deploy } = token
  if (!transaction.goesOn(queue, id)) throw hasNotLeft({ queue: queue.name, id })
  // The last line tells that it has left; if the commit is taken back, so is that.
  const line = transaction.queues.travel(queue.workflow, id)!.lines.at(-1)!
  Object.assign(line, { to: queue.name, deploy: line.deploy ?? deploy })
  return hop
}

/** The hop under which a token comes in from outside; undefined if it stays out. */
function enter(transaction: Transaction, change: Push, queue: MemoryQueue): number | undefined {
  const { queues } = transaction
  const { id, parent } = change.token
  const { name, workflow } = queue
  const known = queues.travel(workflow, id)
  const enteredAt = queues.clock.now()
  if (!known) {
    const fresh = { finishedAt: undefined, outcome: undefined, hop: 0, lines: [] }
    transaction.addTravel(workflow, { id, number: queues.nextNumber(), parent, enteredAt, ...fresh })
    return 1
  }
  if (change.enter === 'ignore') return undefined
  if (change.enter === 'refuse')
    throw isKnown({ queue: name, id }, { workflow, hasFinished: known.finishedAt !== undefined })
  const place = queues.whereIs(workflow, id)
  if (place) {
    transaction.tell(place, 'replaced', { actor: change.actor, reason: change.reason })
    transaction.remove(place)
  }
  transaction.goesOn(queue, id)
  transaction.changeTravel(known, { parent, enteredAt })
  return known.hop + 1
}

/** Fresh: without a lease, without a failure. */
function messageOf(
  { queue, token, value, delayMs = 0 }: Push,
  { hop, seq }: Pick<Message, 'hop' | 'seq'>,
  clock: Clock,
): Message {
  const { id, frames, priority, parent, deploy } = token
  const text = textOf(value, { queue, id })
  return {
    ...{ id, hop, priority, parent, deploy, seq, enteredAt: clock.now() },
    text,
    framesText: JSON.stringify(frames),
    ...waiting(delayMs, clock),
    ...{ stamp: 0, suspect: false, alone: false, attempts: 0, crashes: 0 },
    ...{ lease: 0, leaseMs: 0, untilAt: 0, deadlineAt: 0 },
    error: undefined,
  }
}
