import type { Arrival } from '../../../queue/rules/world.ts'

/** The cells that a row must have for a lease to be proven. */
interface RowFence {
  /** The ref of the queue. */
  readonly queue: number
  readonly hop: number
  readonly lease: number
}

/** A token that enters, or leaves its queue under a lease, in the transaction that is open. */
export interface Move {
  readonly token: number
  readonly id: string
  readonly workflow: string
  /** The cells that its row in the table must have; undefined for a token that has no row yet. */
  readonly fence: RowFence | undefined
  /** The ref of the queue that it has come to; undefined as long as it has left and come to no other. */
  at: number | undefined
  to: Arrival | undefined
  /** Set once it has left for good, with the outcome if the event decides it. */
  end: { readonly outcome: string | null } | undefined
}

/** A move that has come to a queue. */
export type Arrived = Move & { readonly at: number; readonly to: Arrival }

/** The order in which messages that have come to a queue are leased. */
export function byTurn(a: Arrived, b: Arrived): number {
  return a.to.priority - b.to.priority || a.token - b.token
}
