import type { Change, Pop, Push, Put } from '../../../queue/change.ts'
import { textOf } from '../../../queue/check-value.ts'
import { longestDelayMs } from '../../../queue/delay.ts'
import { isKeptAtEnd } from '../../../queue/rules/values.ts'
import type { HeldTokens } from '../lease/held-tokens.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { QueueNames } from '../tables/queue-names.ts'
import { holdsWhileLeased } from './gated.ts'

/**
 * A hop that touches nothing but the row of its token, the history, the counts, a record that says that it has happened, the lane in which it
 * arrives, and the gates that its lease has paid at.
 */
export interface PlainHop {
  readonly token: number
  readonly pop: Pop
  readonly push: Push
  readonly from: QueueEntry
  readonly to: QueueEntry
  /** JSON texts; null for none. */
  readonly value: string | null
  readonly frames: string | null
  readonly record: Put | undefined
}

/** What `changes` are, if they are a plain hop. */
export function plainHop(
  changes: readonly Change[],
  queues: QueueNames,
  held: HeldTokens,
): PlainHop | undefined {
  if (changes.length < 2 || changes.length > 3) return undefined
  const [pop, push, record] = changes as readonly [Change, Change, Change?]
  if (record && !isPlainRecord(record)) return undefined
  if (pop.kind !== 'pop' || push.kind !== 'push' || !isPlainPop(pop) || !isPlainPush(push)) return undefined
  const from = queues.find(pop.queue)
  const to = queues.find(push.queue)
  if (!from || !to || from.workflow !== to.workflow || pop.id !== push.token.id) return undefined
  if (!holdsWhileLeased(from) || isKeptAtEnd(from, pop.event)) return undefined
  if (to.heirs || to.isRetired || to.holding || !plainRoles.includes(to.role)) return undefined
  if (push.key !== undefined && (!to.keyed || push.key.includes('\0'))) return undefined
  const token = held.of(from.workflow, pop.id)
  if (token === undefined) return undefined
  const value = textIfStorable(push)
  if (value === undefined) return undefined
  const { frames } = push.token
  const framed = frames.length === 0 ? null : JSON.stringify(frames)
  return { token, pop, push, from, to, value, frames: framed, record }
}

// What cannot be stored is refused where all else is.
function textIfStorable({ queue, value, token: { id } }: Push): string | null | undefined {
  try {
    return textOf(value, { queue, id }) ?? null
  } catch {
    return undefined
  }
}

const plainRoles: readonly QueueEntry['role'][] = ['stage', 'review', 'output']

function isPlainPop({ event, actor, reason, fields, error, owner }: Pop): boolean {
  return event === 'moved' && !actor && !reason && fields === undefined && !error && !owner?.includes('\0')
}

function isPlainPush(push: Push): boolean {
  const { enter, delayMs = 0, wait, dead, marks, text, tolls, frees, reply } = push
  const isBare = enter === undefined && !wait && !dead && !marks && text === undefined && !reply
  return isBare && !tolls && !frees && delayMs <= longestDelayMs
}

// As HTTP sends one with each commit.
function isPlainRecord(change: Change): change is Put {
  if (change.kind !== 'put' || !change.repeat || change.id !== undefined) return false
  const { ifRev, forMs, key, workflow } = change
  const hasNul = key.includes('\0') || workflow.includes('\0')
  return ifRev === undefined && forMs !== undefined && !hasNul
}
