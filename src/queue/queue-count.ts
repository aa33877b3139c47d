import type { Role } from './declaration.ts'
import type { Parked } from './gate.ts'
import { type Status, statuses } from './status.ts'

/** How many messages wait in a queue, and how. */
export interface QueueCount {
  readonly queue: string
  readonly workflow: string
  /** What it is for; `inbox` is where other programs put tokens, and is counted only while something is in it. */
  readonly role: Role | 'inbox'
  readonly ready: number
  readonly leased: number
  readonly delayed: number
  readonly dead: number
  readonly waiting: number
  /** When the message that has been in this queue for longest came to it, in milliseconds since 1970. */
  readonly oldestAt?: number | undefined
  /** Whether the gate of its own name was shut. */
  readonly paused: boolean
  /** Where the ready messages wait, if they do. */
  readonly parked?: Parked | undefined
}

/** How many messages a queue has, in any status. */
export function messagesIn(counts: Pick<QueueCount, Status>): number {
  return statuses.reduce((sum, status) => sum + counts[status], 0)
}

/** How many of them are not dead: those that still wait for a worker, a person, a time or letters, or are worked on. */
export function livingIn(counts: Pick<QueueCount, Status>): number {
  return messagesIn(counts) - counts.dead
}
