import type { Fault, Fence } from '../../queue/change.ts'
import type { Reply } from '../../queue/letter.ts'
import type { Marks } from '../../queue/marks.ts'
import type { Status } from '../../queue/rows.ts'
import type { LeaveOutcome } from '../../queue/rules/gate.ts'
import type { Wait } from '../../queue/wait.ts'

/** What time it is: by the wall, and elapsed. */
export interface Moment {
  readonly now: number
  readonly elapsed: number
}

/** What a message has paid at gates, or holds there, by their names. */
export type Units = Readonly<Record<string, number>>

/** A message as the model knows it. Leases count elapsed time, `due` is by the wall. */
export interface Presence {
  readonly id: string
  queue: string
  readonly hop: number
  readonly priority: number
  readonly parent: string | undefined
  readonly traceparent: string | undefined
  /** The state that it is in. */
  readonly tag: string
  /** How many frames it has. */
  readonly depth: number
  /** Whether it has been in an output: a backend may forget that when the token goes from there to another queue. */
  readonly finished: boolean
  status: Status
  lease: number
  attempts: number
  crashes: number
  suspect: boolean
  /** Whether its worker works on nothing beside it. */
  alone: boolean
  due: number | undefined
  /** What it waits for. */
  wait: Wait | undefined
  /** Where it has to report. */
  reply: Reply | undefined
  owner: string | undefined
  leaseMs: number
  until: number
  deadline: number
  fraction: number | undefined
  /** Its key; empty for none. */
  readonly lane: string
  /** The units that it asks for at gates. */
  readonly asks: Units
  /** What its lease has paid there. */
  paid: Units
  /** Those that its push and people have set in this stay. */
  marks: Marks
  text: string | undefined
  /** The fault for which another queue has given it up. */
  readonly brought: Fault | undefined
}

/** The fields of a message that is not leased. */
export const dropLease = {
  owner: undefined,
  alone: false,
  leaseMs: 0,
  until: 0,
  deadline: 0,
  fraction: undefined,
  paid: {},
}

/** Whether work on `queue` is neither late nor crashes: that of people, and what goes on for long. */
const isDesk = (queue: string) => queue === 'desk' || queue === 'standing'

/** The message as the next lease call finds it: ready, if it is due or its lease has run out. */
export function expire(found: Presence, { now, elapsed }: Moment): Presence {
  const rests = found.status === 'delayed' || found.status === 'waiting'
  if (rests && found.due !== undefined && found.due <= now) return { ...found, status: 'ready' }
  if (found.status !== 'leased' || found.until > elapsed) return found
  const ready = { ...found, ...dropLease, status: 'ready' } as const
  if (isDesk(found.queue)) return ready
  if (found.until >= found.deadline) return { ...ready, attempts: found.attempts + 1 }
  return { ...ready, crashes: found.crashes + (found.suspect && found.alone ? 1 : 0), suspect: true }
}

/** What an expired lease says about the gates that it had passed. */
export function outcomeOfExpiry({ queue, until, deadline }: Presence): LeaveOutcome {
  return !isDesk(queue) && until >= deadline ? 'failed' : 'quiet'
}

/** Whether a fence proves the lease of a message. */
export function holds(found: Presence, { hop, lease }: Fence): boolean {
  return found.status === 'leased' && found.hop === hop && found.lease === lease
}

/** Changes a message; returns true. */
export function set(found: Presence, fields: Partial<Presence>): boolean {
  Object.assign(found, fields)
  return true
}
