import type { Change, Push } from '../../../queue/change.ts'
import type { QueueNames } from '../tables/queue-names.ts'
import { type PlainPush, plainPush } from './plain-push.ts'

/** What `changes` are, if they are a plain push by which a token enters from outside. One whose id is known is for the rules. */
export function plainEntry(changes: readonly Change[], queues: QueueNames): PlainPush | undefined {
  if (changes.length < 1 || changes.length > 2) return undefined
  // A push under a key has its record before it, and one over HTTP behind it.
  const [first, second] = changes as readonly [Change, Change?]
  const [push, record] = first.kind === 'push' || !second ? [first, second] : [second, first]
  if (push.kind !== 'push' || !isPlain(push)) return undefined
  const coming = plainPush(push, record, queues)
  return coming?.to.role === 'output' ? undefined : coming
}

function isPlain({
  enter,
  parentHop,
  event,
  actor,
  reason,
  traceparent,
  token: { id, parent },
}: Push): boolean {
  const isBare = parentHop === undefined && parent === undefined && event === undefined && !actor && !reason
  return enter !== undefined && isBare && !id.includes('\0') && !traceparent?.includes('\0')
}
