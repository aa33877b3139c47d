import type { LeaseRequest } from '../../../queue/backend.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'

/** A lease that no gate, lane, filter or person has a part in. */
export interface PlainLease {
  readonly queue: QueueEntry
  readonly request: LeaseRequest
}

/** What a request is, if it is a plain lease. */
export function plainLease(queue: QueueEntry | undefined, request: LeaseRequest): PlainLease | undefined {
  const { ids, key, only, limit = 1, owner } = request
  if (!queue || queue.gated || queue.keyed || queue.role === 'review') return undefined
  if (ids || key !== undefined || only || limit < 1 || owner.includes('\0')) return undefined
  return { queue, request }
}
