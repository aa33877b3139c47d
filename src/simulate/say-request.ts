import type { LeaseRequest } from '../queue/backend.ts'
import type { Change, Fence, Postpone, Remember } from '../queue/change.ts'
import type { Toll } from '../queue/gate.ts'

/** A lease request in words. */
export function sayLease(queue: string, { alone, limit, ids, suspects }: LeaseRequest): string {
  const which = ids ? `"${ids.join('", "')}"` : `up to ${limit ?? 1}${suspects === 'only' ? ' suspects' : ''}`
  return `leases ${which} of "${queue}"${alone ? ' alone' : ''}`
}

/** A request to pass a gate in words. */
export function sayPass({ id, queue }: Fence, { gate, units = 1 }: Toll): string {
  return `asks for ${units} at the gate "${gate}" for "${id}" in "${queue}"`
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
      return `"${change.id}" ${change.charge ? 'postponed' : 'released'} in "${change.queue}"${sayRest(change)}`
    case 'bury':
      return `"${change.id}" buried in "${change.queue}"`
    case 'revive':
      return `"${change.id}" revived in "${change.queue}"`
    case 'accompany':
      return `company for "${change.id}" in "${change.queue}"`
    case 'remember':
      return `${sayRemembered(change)} of "${change.id}" in "${change.queue}"`
    case 'mail':
      return `the letter "${change.name}" to "${change.id}"`
    case 'mark':
      return `marks of "${change.id}" set in "${change.queue}"`
    case 'put':
      return `the record "${change.key}" kept`
    case 'drop':
      return `the record "${change.key}" dropped`
    case 'gate':
      return `the gate "${change.name}" turned`
    case 'line':
      return `a line of ${change.actor}`
  }
}

function sayRest({ delayMs, wait }: Postpone): string {
  const letters = wait ? ` until ${wait.for.map(({ name }) => `"${name}"`).join(' or ')}` : ''
  return `${letters}${delayMs === undefined ? '' : ` for ${delayMs} ms`}`
}

function sayRemembered({ steps = [], value, progress }: Remember): string {
  if (steps.length > 0) return `the steps ${steps.map(({ path }) => path).join(', ')}`
  return value === undefined && progress ? 'progress' : 'the state'
}
