import type { LeaseRequest } from '../queue/backend.ts'
import type { CheckedOptions } from './work.ts'

/**
 * What a worker asks the backend for. While the worker lives it ends its attempts itself, when `timeoutMs` have passed,
 * and says how long the message waits then; the deadline in the backend is one lease later, for a worker that hangs.
 */
export function leaseRequest(
  { leaseMs, timeoutMs }: Pick<CheckedOptions, 'leaseMs' | 'timeoutMs'>,
  owner: string,
): LeaseRequest {
  return { owner, leaseMs, timeoutMs: timeoutMs + leaseMs }
}
