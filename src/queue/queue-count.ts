import type { Role } from './declaration.ts'
import type { Parked } from './gate.ts'

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
