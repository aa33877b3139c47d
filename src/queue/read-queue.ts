import { andThen } from '../schema/schema.ts'
import type { Backend } from './backend.ts'
import { isUnfit, type Lens, openRow } from './lens.ts'
import { messagesIn } from './queue-count.ts'
import type { Row } from './rows.ts'
import type { WriteQueue } from './write-queue.ts'

/** A leased message. */
export interface Message<out T> {
  readonly id: string
  readonly value: T
  readonly hop: number
  /** The number of the lease under which it was read. */
  readonly lease: number
  /** `id:hop`: the idempotency key of this stay. */
  readonly key: string
  /** `id@workflow/stage`: the idempotency key of the token for this stage, over all its stays. */
  readonly stageKey: string
  /** The number of this attempt, from 1. */
  readonly attempt: number
}

/**
 * Which message is meant: the one that was read, or its id. Where several loops read, or a token may come back while it is
 * still worked on, only the message says which read is answered; by its id alone an answer is refused where that is not
 * certain.
 */
export type Which = string | Pick<Message<unknown>, 'id' | 'hop' | 'lease'>

/** A queue whose messages can be listed. Listing leases nothing. */
export interface Browsable<out T> {
  /** The value of the message `id`; undefined if it is not here. Rejects with an `InvalidError` if it does not fit its schema. */
  readonly get: (id: string) => Promise<T | undefined>
  /** All messages, oldest first, read in pages; those whose stored value does not fit are left out. */
  readonly items: () => AsyncIterable<{ readonly id: string; readonly value: T }>
  /** The ids of all messages, oldest first, read in pages. */
  readonly keys: () => AsyncIterable<string>
  /** How many messages are here, in any status. */
  readonly count: () => Promise<number>
}

/** A queue to read from. */
export interface ReadQueue<out T> extends Browsable<T> {
  /** Leases the next message, waiting for one until `signal` aborts; then rejects with its reason. */
  readonly read: (signal?: AbortSignal) => Promise<Message<T>>
  /** Takes a message that was read here out of its queue. Rejects with `LeaseLostError` if it is not held here. */
  readonly pop: (message: Which) => Promise<void>
  /** Pops `message` and pushes `value` to `output`, in one commit. */
  readonly move: <U>(message: Which, output: WriteQueue<U>, value: U) => Promise<void>
  /** Takes a message out for good, with a reason for the history. */
  readonly discard: (message: Which, reason: string) => Promise<void>
  /**
   * Fails the attempt on a message that was read here with `error`, as what a worker throws does: it is charged and tried
   * again, or, when that was the last attempt, goes where `failed` leads, or is buried. Rejects with `LeaseLostError` if it
   * is not held here.
   */
  readonly fail: (message: Which, error: unknown) => Promise<void>
  /** Gives a message back without charging an attempt: visible again in `delayMs` (0 by default, a century at most). */
  readonly release: (message: Which, delayMs?: number) => Promise<void>
}

/** Looks into `queue` of `backend` through `lens`. */
export function browse<T>(backend: Backend, queue: string, lens: Lens<T, any>): Browsable<T> {
  const open = (row: Row) => andThen(openRow(lens, queue, row), ({ value }) => value)
  return {
    async get(id) {
      const row = await backend.get(queue, id)
      return row && open(row)
    },
    async *items() {
      for await (const row of rowsOf(backend, queue)) {
        try {
          yield { id: row.id, value: await open(row) }
        } catch (error) {
          if (!isUnfit(error)) throw error
        }
      }
    },
    async *keys() {
      for await (const { id } of rowsOf(backend, queue)) yield id
    },
    async count() {
      const [counts] = await backend.count(queue)
      return counts ? messagesIn(counts) : 0
    },
  }
}

const pageSize = 500

/** Every message of `queue`, in any status, oldest first, read in pages. */
export async function* rowsOf(backend: Backend, queue: string): AsyncIterable<Row> {
  let after: string | undefined
  do {
    const page = await backend.list(queue, { after, limit: pageSize })
    yield* page.rows
    after = page.next
  } while (after !== undefined)
}
