import type { LeaseRequest } from '../backend.ts'
import type { Fault, Fence, Postpone } from '../change.ts'
import type { Role } from '../declaration.ts'
import { longestDelayMs } from '../delay.ts'
import { lostItsWorker, type Moment, tookTooLong } from '../lapse.ts'
import type { Row, Status } from '../rows.ts'
import type { Waiting } from '../wait.ts'
import type { Paid } from './paid.ts'

/*
 * What changes while a message stays in its queue, and what each change means: pure functions from one stay to the next.
 * Every backend fetches a stay, asks one of these for the next, and stores that.
 */

/** The state of a message in its queue. Times are wall time in milliseconds since 1970, but for those of the lease. */
export interface Stay {
  readonly status: Status
  readonly suspect: boolean
  /** Whether its worker has leased it alone, and works on nothing else yet. */
  readonly alone: boolean
  readonly attempts: number
  readonly crashes: number
  /** The number of its last lease; 0 before the first. */
  readonly lease: number
  readonly due: number | undefined
  /** What it waits for; undefined unless it is waiting. */
  readonly wait: Waiting | undefined
  readonly error: Fault | undefined
  readonly progress: Row['progress']
  /** What its lease is; undefined unless it is leased. */
  readonly held: Term | undefined
}

/** The term of a lease, in elapsed time but for `leasedAt`. */
export interface Term {
  readonly owner: string
  readonly leasedAt: number
  readonly leaseMs: number
  readonly until: number
  readonly deadline: number
  /** What it has paid at gates. */
  readonly paid?: readonly Paid[] | undefined
}

/** The term that `request` asks for at `moment`. */
export function termOf({ owner, leaseMs, timeoutMs }: LeaseRequest, { now, elapsed }: Moment): Term {
  const deadline = Math.ceil(elapsed + Math.min(timeoutMs, longestDelayMs))
  return {
    owner,
    leasedAt: now,
    leaseMs: Math.ceil(Math.min(leaseMs, longestDelayMs)),
    until: Math.min(Math.ceil(elapsed + leaseMs), deadline),
    deadline,
  }
}

/** When a message may be leased that waits for `delayMs` from `now`; undefined if it does not wait. */
export function dueAfter(delayMs: number, now: number): number | undefined {
  return delayMs > 0 ? Math.ceil(now + delayMs) : undefined
}

/** A stay as it begins, in a message that rests so, or is `dead` as it comes. */
export function fresh(rest: Resting, dead?: Fault | undefined): Stay {
  const stay = {
    suspect: false,
    alone: false,
    attempts: 0,
    crashes: 0,
    lease: 0,
    error: undefined,
    ...resting(rest),
  }
  return dead ? buried(stay, { error: dead }) : stay
}

/** How a message rests: until a time, until its wait is over, or the first of both; with neither it is ready. */
export type Resting = Pick<Stay, 'due' | 'wait'>

const free: Resting = { due: undefined, wait: undefined }

function resting({ due, wait }: Resting): Pick<Stay, 'status' | 'due' | 'wait' | 'held' | 'progress'> {
  const status = wait ? 'waiting' : due === undefined ? 'ready' : 'delayed'
  return { status, due, wait, held: undefined, progress: undefined }
}

/** Whether `fence` proves the lease of a message that is in its `hop`th stay. */
export function holds(hop: number, stay: Stay, fence: Fence): boolean {
  return stay.status === 'leased' && hop === fence.hop && stay.lease === fence.lease
}

/** Leased for `term`. */
export function leased(stay: Stay, term: Term, alone: boolean): Stay {
  return {
    ...stay,
    status: 'leased',
    lease: stay.lease + 1,
    due: undefined,
    wait: undefined,
    alone,
    held: term,
  }
}

/** How a message is given back. */
export interface Postponed extends Pick<Postpone, 'charge' | 'error' | 'suspect'> {
  readonly rest: Resting
}

/** Given back to rest so, charged with an attempt or not. A release says nothing about the message: a suspect stays one. */
export function postponed(stay: Stay, { rest, charge, suspect, error }: Postponed): Stay {
  return {
    ...stay,
    ...resting(rest),
    attempts: stay.attempts + (charge ? 1 : 0),
    suspect: suspect === true || (stay.suspect && !charge),
    error: error ?? stay.error,
  }
}

/** Dead: kept, and leased no more. It has had at least `attempt` attempts. */
export function buried(
  stay: Stay,
  { error, attempt = 0 }: { error?: Fault | undefined; attempt?: number | undefined },
): Stay {
  return {
    ...stay,
    ...resting(free),
    status: 'dead',
    suspect: false,
    attempts: Math.max(stay.attempts, attempt),
    error: error ?? stay.error,
  }
}

/** Ready again, its attempts and crashes forgotten. */
export function revived(stay: Stay): Stay {
  return { ...stay, ...resting(free), suspect: false, attempts: 0, crashes: 0 }
}

/** Ready because it was due, or its wait is over. */
export function promoted(stay: Stay): Stay {
  return { ...stay, ...resting(free) }
}

/** Renewed at an elapsed time, if it is leased. */
export function renewed(stay: Stay, elapsed: number): Stay {
  const { held } = stay
  return held ? { ...stay, held: { ...held, until: Math.min(elapsed + held.leaseMs, held.deadline) } } : stay
}

/**
 * Ready because its lease has run out: charged with an attempt if that was at its deadline; else a suspect, since it has
 * lost its worker, and with one more crash if it was one already and worked on alone. At a desk a person went home,
 * and what stands for long just goes on.
 */
export function lapsed(
  stay: Stay,
  { queue, role, isVoid = false }: { queue: string; role: Role; isVoid?: boolean },
): { readonly stay: Stay; readonly error?: Fault } {
  const ready = { ...stay, ...resting(free) }
  if (isPatient(role)) return { stay: ready }
  if (!isVoid && stay.held!.until >= stay.held!.deadline) {
    const error = tookTooLong(queue)
    return { stay: { ...ready, attempts: stay.attempts + 1, error }, error }
  }
  const error = lostItsWorker(queue)
  const crashes = stay.crashes + (stay.alone && stay.suspect ? 1 : 0)
  return { stay: { ...ready, crashes, suspect: true, error }, error }
}

/** Whether a lease that runs out in such a queue says nothing about its message. */
export function isPatient(role: Role): boolean {
  return role === 'review' || role === 'standing'
}
