import type { PlainHop } from '../hop/plain-hop.ts'
import type { PlainLease } from '../hop/plain-lease.ts'
import type { PlainPush } from '../hop/plain-push.ts'
import type { QueueNames } from '../tables/queue-names.ts'
import type { Draft } from './draft.ts'
import type { Needs } from './needs.ts'
import type { OpenTransaction } from './open-transaction.ts'

/** Work that is to be done in a transaction. It may run several times; only the last one counts. */
export interface Work<T> {
  /** What can be said before of what it reads. */
  readonly needs?: ((queues: QueueNames) => Needs) | undefined
  /** The zones of the gates and lanes that it changes, as far as that can be said before. */
  readonly zones?: ((queues: QueueNames) => readonly string[]) | undefined
  /** What it is, if it is a plain hop, a token that enters plainly, or a plain lease. */
  readonly plainHop?: ((queues: QueueNames) => PlainHop | undefined) | undefined
  readonly plainEntry?: ((queues: QueueNames) => PlainPush | undefined) | undefined
  readonly plainLease?: ((queues: QueueNames) => PlainLease | undefined) | undefined
  /** The rules, where these are all of it. */
  readonly rules?: ((draft: Draft) => T) | undefined
  /** What it does, where statements belong to it. */
  readonly run?: ((open: OpenTransaction, isPatient: boolean) => Promise<T>) | undefined
  /** Whether no other transaction may change anything meanwhile. */
  readonly isAlone?: boolean | undefined
}

/** Such work, and the promise that waits for it. */
export interface Request {
  readonly work: Work<unknown>
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
  outcome: Outcome | undefined
  /** Since when it waits for what another transaction has in hand, by `performance.now`. */
  inHandSince: number | undefined
}

/**
 * Thrown by work that has found what it wants in the hands of another transaction: it is done once more, in a later one, as long as it
 * may be patient. What it has written stays.
 */
export class InHand extends Error {}

/** How it has ended. */
type Outcome = { readonly value: unknown } | { readonly error: unknown }
