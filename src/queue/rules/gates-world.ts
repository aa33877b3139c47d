import type { TurnGate } from '../change.ts'
import type { Behind } from '../gate.ts'
import type { Gate } from './gate.ts'
import type { Paid, Tolls } from './paid.ts'
import type { Stay } from './stay.ts'

/** A gate that a message passes. */
export interface Post {
  readonly name: string
  /** The number of the gate: where each key has one, of that. */
  readonly gate: number
  readonly until: NonNullable<Behind['until']>
  /** Whether it is that of the key alone. */
  readonly per?: Behind['per']
}

/** A message whose lease is to pay. */
export interface Paying {
  readonly token: number
  readonly stay: Stay
  /** The units that it asks for, where that is not 1. */
  readonly asks: Tolls | undefined
}

/** The gates of a world; each has a number. */
export interface GatesWorld<Queue> {
  /** Those that a message of `queue` with this key (empty for none) passes; with undefined those that do not depend on its key. */
  posts(queue: Queue, key: string | undefined): readonly Post[]
  /** Those at which all messages of `queue` stop if they are shut. */
  common(queue: Queue): readonly number[]
  /** The declared gate of a name, or the one of its key, which is made if need be; none if no declaration has it. */
  named(name: string, key?: string): readonly number[]
  /** The queue that has or had a name. */
  queueNamed(name: string): Queue | undefined
  /** The gate of a queue's own name, or the one of its key, which is made if need be. */
  own(queue: Queue, key?: string): number
  of(gate: number): Gate
  /** Keeps the state of a gate; its settings stay. */
  save(gate: number, state: Gate): void
  /** Keeps the limit and the rate that a change sets by hand; returns what that has changed. */
  set(gate: number, change: TurnGate, now: number): Pick<TurnGate, 'limit' | 'rate'>
  /** Notifies all that stand behind a gate that more may pass: of its key, or of all if it was turned. */
  ring(gate: number, isTurned: boolean): void
  /** Records that from now on leases of `queue` pay, and returns its messages that are leased now. */
  mustPay(queue: Queue): readonly Paying[]
  /** Records that tokens of its workflow hold units. */
  mustHold(queue: Queue): void
  keyOf(token: number): string
  /** The units that a token holds at a gate. */
  heldBy(token: number, gate: number): number
  /** Lets it hold so many there, whatever the gate says; 0 for none. */
  hold(token: number, gate: number, units: number): void
  holdsOf(token: number): readonly (Paid & { readonly name: string })[]
}
