import type { Backend } from '../queue/backend.ts'

const given = new WeakMap<Backend, Map<string, number>>()

/**
 * The name for the leases of one more set of queues that was given `owner`: of two that share a backend and a name each
 * would take the other's leases for its own whose answers were lost, and give them back.
 */
export function ownOwner(backend: Backend, owner: string): string {
  const counts = given.get(backend) ?? new Map<string, number>()
  given.set(backend, counts)
  const count = (counts.get(owner) ?? 0) + 1
  counts.set(owner, count)
  return count === 1 ? owner : `${owner}#${count}`
}
