import type { LeaseRequest } from '../../queue/backend.ts'
import type { CheckedOptions } from '../work/work.ts'

type Terms = Pick<CheckedOptions, 'leaseMs' | 'timeoutMs'>

/**
 * How much later than `timeoutMs`, at least, the backend's deadline for a worker is. A process that lives may be busy for
 * so long before it begins what it has leased; the backend cannot know that, and would charge it.
 */
const leastSlackMs = 30_000

/** The part of that after which this process decides, so that the backend does not. */
const ownShare = 0.9

/**
 * The lease request of a loop by hand. The loop itself ends no attempt: the deadline in the backend does, one lease after
 * `timeoutMs`.
 */
export function leaseRequest({ leaseMs, timeoutMs }: Terms, owner: string): LeaseRequest {
  return { owner, leaseMs, timeoutMs: timeoutMs + leaseMs }
}

/**
 * The lease request of a worker. While the worker lives it ends its attempts itself, when `timeoutMs` have passed,
 * and says how long the message waits then; the deadline in the backend is later, for a worker that hangs.
 */
export function workRequest(terms: Terms, owner: string): LeaseRequest {
  return { owner, leaseMs: terms.leaseMs, timeoutMs: terms.timeoutMs + slackMsOf(terms) }
}

/** Until when work on a message that was requested at `askedAt` may begin and still have its full time; elapsed time. */
export function beginsBy(terms: Terms, askedAt: number): number {
  return askedAt + ownShare * slackMsOf(terms)
}

function slackMsOf({ leaseMs }: Terms): number {
  return Math.max(leaseMs, leastSlackMs)
}
