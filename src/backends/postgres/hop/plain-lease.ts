import type { LeaseRequest } from '../../../queue/backend.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { QueueNames } from '../tables/queue-names.ts'
import { passOf } from './gated.ts'

/** A lease that no filter or person has a part in, and gates and lanes only as far as `pw_pass` knows them. */
export interface PlainLease {
  readonly queue: QueueEntry
  readonly request: LeaseRequest
  /** What `pw_pass` is told; undefined where messages have no keys and pass no gates. */
  readonly pass: string | undefined
}

/** What a request is, if it is a plain lease. */
export function plainLease(name: string, request: LeaseRequest, queues: QueueNames): PlainLease | undefined {
  const queue = queues.find(name)
  const { ids, key, only, limit = 1, owner } = request
  if (!queue || queue.role === 'review') return undefined
  if (ids || key !== undefined || only || limit < 1 || owner.includes('\0')) return undefined
  if (!queue.gated && !queue.keyed) return { queue, request, pass: undefined }
  const pass = request.suspects === 'only' ? undefined : passOf(queue, queues)
  return pass === undefined ? undefined : { queue, request, pass }
}
