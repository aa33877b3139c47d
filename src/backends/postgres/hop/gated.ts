import { commonNames } from '../../../queue/rules/gate-record.ts'
import { type QueueEntry, standOf } from '../tables/queue-entry.ts'
import type { QueueNames } from '../tables/queue-names.ts'

/** Whether what passes the gates of a queue holds its units there until its lease ends, and nowhere longer. */
export function holdsWhileLeased({ holding, behind }: QueueEntry): boolean {
  return !holding && behind.every(({ until }) => until !== 'leave')
}

/** The names of the gates at which leases of a queue pay. */
export function gatesOf(queue: QueueEntry): readonly string[] {
  return queue.gated ? commonNames(standOf(queue)) : []
}

/** What `pw_pass` is told of the gates of a queue, as JSON; undefined if they are for the rules. */
export function passOf(queue: QueueEntry, queues: QueueNames): string | undefined {
  const { name, behind, keyed, gated } = queue
  if (!holdsWhileLeased(queue)) return undefined
  // Where no message has a key, all are of the empty one: its gate is that of all.
  const perKey = keyed && gated ? behind.filter(({ per }) => per === 'key') : []
  if (perKey.length > 1) return undefined
  const own = perKey.map(({ gate }) => gate)
  const common = gated ? gatesOf(queue).filter((gate) => !own.includes(gate)) : [name]
  // A message in another queue behind one of the gates whose worker is gone may hold what is wanted here.
  const around = behind.flatMap(({ gate }) => queues.standing(gate)).filter(({ ref }) => ref !== queue.ref)
  return JSON.stringify({
    ...{ common, perKey: own[0] ?? null, lanes: keyed, pays: gated },
    around: [...new Set(around.map(({ ref }) => ref))],
  })
}

/** The queues that may go on when a message has left one: those that stand behind a gate of it, itself among them. */
export function standingWith(queue: QueueEntry, queues: QueueNames): readonly QueueEntry[] {
  return gatesOf(queue).flatMap((gate) => queues.standing(gate))
}
