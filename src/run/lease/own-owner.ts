import type { Backend } from '../../queue/backend.ts'

/** By its name, how many sets of queues of this process have one, over what others may share with it. */
const shared = new Map<string, number>()
const apart = new WeakMap<Backend, Map<string, number>>()

/**
 * The name for the leases of one more set of queues that was given `owner`: of two that share queues and a name each
 * would take the other's leases for its own whose answers were lost, and give them back. Two backends may be of the same
 * file or server, and only a private one says that it is not.
 */
export function ownOwner(backend: Backend, owner: string): string {
  const given = backend.isPrivate ? (apart.get(backend) ?? new Map<string, number>()) : shared
  if (backend.isPrivate) apart.set(backend, given)
  const count = (given.get(owner) ?? 0) + 1
  given.set(owner, count)
  return count === 1 ? owner : `${owner}#${count}`
}
