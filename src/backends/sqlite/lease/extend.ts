import type { Renewal } from '../../../queue/backend.ts'
import type { Fence } from '../../../queue/change.ts'
import { isPipewrightError } from '../../../queue/errors.ts'
import type { Gone } from '../../../queue/held-leases.ts'
import type { LeaseKey } from '../../../queue/lease-key.ts'
import { holds } from '../../../queue/rules/stay.ts'
import type { Known } from '../../../queue/rules/world.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'

/** Renews the leases of `owner` that `fences` prove, in the transaction that is open, and says what else it holds. */
export function extend(open: OpenTransaction, owner: string, fences: readonly Fence[]): Renewal {
  const renewed = new Set<string>()
  const held = fences.filter((fence) => {
    const row = rowOf(open, fence)
    if (!row || row.stay.held?.owner !== owner || !renewOne(open, keyOf(row))) return false
    renewed.add(textOf(keyOf(row)))
    return true
  })
  const strays = open.rows.leasedBy(owner, open.elapsed).flatMap(({ id, queue, ...key }) => {
    const name = renewed.has(textOf(key)) ? undefined : open.registry.of(queue)?.name
    return name === undefined ? [] : [{ queue: name, id, hop: key.hop, lease: key.lease }]
  })
  return { held, strays }
}

/** Renews the leases that this process holds, in the transaction that is open. Returns those that are gone. */
export function renewHeld(open: OpenTransaction): readonly Gone[] {
  return [...open.held.all()].flatMap(({ place, mark, key }) =>
    renewOne(open, key) ? [] : [[place, mark] as const],
  )
}

function renewOne(open: OpenTransaction, key: LeaseKey): boolean {
  const isHeld = open.rows.renew(key, open.elapsed)
  if (isHeld) open.changed()
  return isHeld
}

// The row that is leased under `fence`. A queue that no longer exists has no leases that could hold.
function rowOf(open: OpenTransaction, fence: Fence): Known<QueueEntry> | undefined {
  const queue = queueOf(open, fence)
  const row = queue && open.known(queue.workflow, fence.id)
  return row && row.queue === queue && holds(row.hop, row.stay, fence) ? row : undefined
}

function queueOf({ registry }: OpenTransaction, { queue }: Fence): QueueEntry | undefined {
  try {
    return registry.queue(queue)
  } catch (error) {
    if (isPipewrightError(error) && error.code === 'not_found') return undefined
    throw error
  }
}

function keyOf({ token, hop, stay }: Known<QueueEntry>): LeaseKey {
  return { token, hop, lease: stay.lease }
}

function textOf({ token, hop, lease }: LeaseKey): string {
  return `${token} ${hop} ${lease}`
}
