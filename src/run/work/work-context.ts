import type { PushOptions, WriteQueue } from '../../queue/write-queue.ts'
import type { Log } from '../log.ts'

/**
 * What a worker's `process` gets beside the value: what the artifact was given, and what the attempt offers. Where a function uses both, its context is `WorkContext<{ separator: string }>`.
 */
export type WorkContext<Given = unknown> = Given & AttemptContext

/** What a handler can read of its attempt, and do for it. */
export interface AttemptContext {
  /** The token's id. */
  readonly id: string
  /**
   * `id:hop`: the idempotency key of this stay, the same in all its attempts. A token that comes back to the stage has
   * another one: use it for work that is done anew at each visit.
   */
  readonly key: string
  /**
   * `id@workflow/stage`: the idempotency key of this token for this stage, the same in every attempt of every visit,
   * and also if the id enters anew: use it for what must be done once, such as a payment. Renaming the stage changes it.
   */
  readonly stageKey: string
  readonly hop: number
  /** The number of this attempt, from 1. */
  readonly attempt: number
  /** Aborts when the time is up, the lease is lost, the token is cancelled, or the process has to end. */
  readonly signal: AbortSignal
  readonly log: Log
  /** Reports how far the work is: `fraction` from 0 to 1, and a few words. At most one a second is kept. */
  readonly progress: (fraction: number, note?: string) => void
  /**
   * Lets a new token, a child of this one, enter `queue` in the commit of this hop. Rejects what the queue refuses,
   * which fails the attempt unless the rejection is handled, also if it was not awaited.
   */
  readonly also: <T>(queue: WriteQueue<T>, id: string, value: T, options?: PushOptions) => Promise<void>
  /**
   * Pays at a gate, such as for one more request, and resolves as soon as that lets it pass: whatever the stage does within one
   * lease, the gate holds. The lease is kept meanwhile, and `timeoutMs` goes on. `gate` is a name, or what `gate()` has made;
   * `units` is a whole number from 1, 1 by default. Rejects when the signal aborts: also if the gate is shut (closed, broken, or not in
   * its hours) until `timeoutMs` are over, or for longer. Then the message is given back, and no attempt is charged.
   */
  readonly pass: (gate: string | { readonly name: string }, units?: number) => Promise<void>
}
