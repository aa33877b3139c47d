import type { PushOptions, WriteQueue } from '../queue/write-queue.ts'
import type { Log } from './log.ts'

/** What a worker's `process` is told beside the value, together with what the artifact was given. */
export interface WorkContext {
  /** The token's id. */
  readonly id: string
  /** `id:hop`: the idempotency key for side effects, the same in every attempt of this stay. */
  readonly key: string
  readonly hop: number
  /** The number of this attempt, from 1. */
  readonly attempt: number
  /** Aborts when the time is up, the lease is lost, the token is cancelled, or the process has to end. */
  readonly signal: AbortSignal
  readonly log: Log
  /** Tells how far the work is: `fraction` from 0 to 1, and a few words. At most one a second is kept. */
  readonly progress: (fraction: number, note?: string) => void
  /** Lets a new token, a child of this one, enter `queue` in the commit of this hop. Rejects what the queue refuses. */
  readonly also: <T>(queue: WriteQueue<T>, id: string, value: T, options?: PushOptions) => Promise<void>
}
