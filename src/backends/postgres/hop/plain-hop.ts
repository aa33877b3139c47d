import type { Change, Pop } from '../../../queue/change.ts'
import { isKeptAtEnd } from '../../../queue/rules/values.ts'
import type { HeldTokens } from '../lease/held-tokens.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { QueueNames } from '../tables/queue-names.ts'
import { holdsWhileLeased } from './gated.ts'
import { type PlainPush, plainPush } from './plain-push.ts'

/** A plain push of a token that leaves another queue, and nothing more but the gates that its lease has paid at. */
export interface PlainHop extends PlainPush {
  readonly token: number
  readonly pop: Pop
  readonly from: QueueEntry
}

/** What `changes` are, if they are a plain hop. */
export function plainHop(
  changes: readonly Change[],
  queues: QueueNames,
  held: HeldTokens,
): PlainHop | undefined {
  if (changes.length < 2 || changes.length > 3) return undefined
  const [pop, push, record] = changes as readonly [Change, Change, Change?]
  if (pop.kind !== 'pop' || !isPlainPop(pop) || push.kind !== 'push' || push.enter !== undefined)
    return undefined
  const from = queues.find(pop.queue)
  if (!from || pop.id !== push.token.id || !holdsWhileLeased(from) || isKeptAtEnd(from, pop.event))
    return undefined
  const token = held.of(from.workflow, pop.id)
  const coming = plainPush(push, record, queues)
  if (token === undefined || coming?.to.workflow !== from.workflow) return undefined
  return { ...coming, token, pop, from }
}

function isPlainPop({ event, actor, reason, fields, error, owner }: Pop): boolean {
  return event === 'moved' && !actor && !reason && fields === undefined && !error && !owner?.includes('\0')
}
