import type { Backend } from '../../queue/backend.ts'
import type { MaybePromise } from '../../schema/schema.ts'
import type { FakeClock } from '../fake-clock.ts'

/** A transaction as a caller of a backend begins one. */
export interface Begun {
  /** What `commitIn` takes. */
  readonly transaction: object
  /** Commits it. */
  readonly commit: () => MaybePromise<unknown>
  /** Rolls it back. */
  readonly rollback: () => MaybePromise<unknown>
}

/**
 * A backend as the suite gets it. One that keeps its queues has `reopen`: the same queues, opened again; one that has `commitIn` has
 * `begin`.
 */
export interface Opened {
  readonly backend: Backend
  /** Closes the backend and opens its queues again, as another process would. */
  readonly reopen?: (() => Promise<Backend>) | undefined
  /** Begins a transaction in the same database, by a connection of its own. */
  readonly begin?: (() => MaybePromise<Begun>) | undefined
  /** Frees all resources that the test has not closed already. */
  readonly close: () => Promise<void>
}

/** Opens an empty backend that uses `clock`. */
export type Open = (clock: FakeClock) => MaybePromise<Opened>
