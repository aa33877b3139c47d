import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Backend } from '../../queue/backend.ts'

/** How many sets of queues of this process have each name, over backends that may be shared. */
const shared = new Map<string, number>()
const apart = new WeakMap<Backend, Map<string, number>>()

/**
 * A unique name for the leases of one more set of queues that was given `owner`: if two sets shared queues and a name, each
 * would take the other's leases for its own with lost answers, and give them back. Two backends may be of the same file or
 * server; only a private one rules that out.
 */
export function ownOwner(backend: Backend, owner: string): string {
  const given = backend.isPrivate ? (apart.get(backend) ?? new Map<string, number>()) : shared
  if (backend.isPrivate) apart.set(backend, given)
  const count = (given.get(owner) ?? 0) + 1
  given.set(owner, count)
  return count === 1 ? owner : `${owner}#${count}`
}

/** A name for leases that no other process, and nothing else in this one, has. */
export function newOwner(): string {
  return `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`
}
