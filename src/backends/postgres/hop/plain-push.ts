import type { Change, Push, Put } from '../../../queue/change.ts'
import { textOf } from '../../../queue/check-value.ts'
import { longestDelayMs } from '../../../queue/delay.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { QueueNames } from '../tables/queue-names.ts'

/**
 * A push that touches nothing but the row of its token, the history, the counts, a record that says that it has happened, and the lane in
 * which it arrives.
 */
export interface PlainPush {
  readonly push: Push
  readonly to: QueueEntry
  /** JSON texts; null for none. */
  readonly value: string | null
  readonly frames: string | null
  readonly record: Put | undefined
}

/** What `change` is, with the record that may follow it, if it is a plain push. */
export function plainPush(
  change: Change,
  record: Change | undefined,
  queues: QueueNames,
): PlainPush | undefined {
  if (change.kind !== 'push' || !isPlain(change) || (record && !isPlainRecord(record))) return undefined
  const to = queues.find(change.queue)
  if (!to || to.heirs || to.isRetired || to.holding || !plainRoles.includes(to.role)) return undefined
  if (change.key !== undefined && (!to.keyed || change.key.includes('\0'))) return undefined
  const value = textIfStorable(change)
  if (value === undefined) return undefined
  const { frames } = change.token
  return {
    ...{ push: change, to, value, record },
    frames: frames.length === 0 ? null : JSON.stringify(frames),
  }
}

const plainRoles: readonly QueueEntry['role'][] = ['stage', 'review', 'output']

function isPlain({ delayMs = 0, wait, dead, marks, text, tolls, frees, reply }: Push): boolean {
  return (
    !wait && !dead && !marks && text === undefined && !tolls && !frees && !reply && delayMs <= longestDelayMs
  )
}

// As HTTP sends one with each commit.
function isPlainRecord(change: Change): change is Put {
  if (change.kind !== 'put' || !change.repeat || change.id !== undefined) return false
  const { ifRev, forMs, key, workflow } = change
  const hasNul = key.includes('\0') || workflow.includes('\0')
  return ifRev === undefined && forMs !== undefined && !hasNul
}

// What cannot be stored is refused where all else is.
function textIfStorable({ queue, value, token: { id } }: Push): string | null | undefined {
  try {
    return textOf(value, { queue, id }) ?? null
  } catch {
    return undefined
  }
}
