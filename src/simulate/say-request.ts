import type { LeaseRequest } from '../queue/backend.ts'
import type { Change } from '../queue/change.ts'

/** A lease request in words. */
export function sayLease(queue: string, { alone, limit, ids, suspects }: LeaseRequest): string {
  const which = ids ? `"${ids.join('", "')}"` : `up to ${limit ?? 1}${suspects === 'only' ? ' suspects' : ''}`
  return `leases ${which} of "${queue}"${alone ? ' alone' : ''}`
}

/** A commit in words. */
export function sayCommit(changes: readonly Change[]): string {
  return `commits ${changes.map(sayChange).join(', ')}`
}

function sayChange(change: Change): string {
  switch (change.kind) {
    case 'push':
      return `"${change.token.id}" into "${change.queue}"`
    case 'pop':
    case 'take':
      return `"${change.id}" ${change.event} from "${change.queue}"`
    case 'postpone':
      return `"${change.id}" ${change.charge ? 'postponed' : 'released'} in "${change.queue}" for ${change.delayMs} ms`
    case 'bury':
      return `"${change.id}" buried in "${change.queue}"`
    case 'revive':
      return `"${change.id}" revived in "${change.queue}"`
    case 'accompany':
      return `company for "${change.id}" in "${change.queue}"`
    case 'progress':
      return `progress of "${change.id}" in "${change.queue}"`
    case 'mark':
      return `marks of "${change.id}" set in "${change.queue}"`
    case 'put':
      return `the record "${change.key}" kept`
    case 'drop':
      return `the record "${change.key}" dropped`
  }
}
