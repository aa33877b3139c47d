import type { Pop } from '../../queue/change.ts'
import type { Lens, Opened } from '../../queue/lens.ts'
import { checkRetry, defaultRetry, type Retry } from '../../queue/redelivery.ts'
import { refuseUnread } from '../../schema/refuse-unread.ts'
import type { MaybePromise } from '../../schema/schema.ts'
import type { Rest, RestingAttempt } from './rest.ts'
import type { AttemptContext } from './work-context.ts'

/** How a worker is driven. */
export interface WorkOptions {
  /** How many messages (or batches) one process works on at once; from 1, by default 1. */
  readonly concurrency?: number
  readonly retry?: Partial<Retry>
  /** Milliseconds after which an attempt has failed; 300,000 (five minutes) by default. */
  readonly timeoutMs?: number
  /** Milliseconds until a message whose process is gone is seen again; from 100, by default 30,000. */
  readonly leaseMs?: number
  /** Milliseconds that running work may still take when the process has to end; 20,000 by default. */
  readonly graceMs?: number
  /** How many crashes, each while a message was worked on alone, make a failure; 3 by default. */
  readonly crashes?: number
}

/** Does the work: on one message, or on up to `size` at once. */
export type Process<In, Out> =
  | { readonly size: 1; readonly one: (value: In, context: AttemptContext) => MaybePromise<Out> }
  | {
      readonly size: number
      readonly many: (
        values: readonly In[],
        contexts: readonly AttemptContext[],
      ) => Promise<readonly (Out | Error)[]>
    }
  /** Work that may let its message rest before it goes on, and that commits under its lease. */
  | {
      readonly size: 1
      readonly resting: (attempt: RestingAttempt<In, Out>, opened: Opened<In>) => Promise<Out | Rest>
    }

/** The options of a worker, complete and checked. */
export interface CheckedOptions extends Required<Omit<WorkOptions, 'retry'>> {
  readonly retry: Retry
}

/** The work of one stage, ready to be driven. */
export interface Work<In, Out> extends CheckedOptions {
  readonly queue: string
  /** The names of the gates that its queue stands behind, beside its own. */
  readonly gates?: readonly string[] | undefined
  readonly lens: Lens<In, Out>
  readonly process: Process<In, Out>
  /** What the artifact was given; every context has it. */
  readonly given: object
  /** How a message leaves whose work is done: `moved`, unless told. */
  readonly event?: Pop['event'] | undefined
}

/** The options with their defaults. Throws a `RangeError` that names the one that is out of range, a
 * `TypeError` for a misspelt key of `retry`. */
export function checkOptions(options: WorkOptions): CheckedOptions {
  const { concurrency = 1, timeoutMs = 300_000, leaseMs = 30_000, graceMs = 20_000, crashes = 3 } = options
  if (options.retry !== undefined) refuseUnread('`retry` has', options.retry, Object.keys(defaultRetry))
  const retry = checkRetry({ ...defaultRetry, ...options.retry })
  atLeast(1, 'concurrency', concurrency)
  atLeast(1, 'timeoutMs', timeoutMs)
  atLeast(100, 'leaseMs', leaseMs)
  atLeast(0, 'graceMs', graceMs)
  atLeast(1, 'crashes', crashes)
  return { concurrency, timeoutMs, leaseMs, graceMs, crashes, retry }
}

function atLeast(least: number, name: string, value: number): void {
  if (Number.isInteger(value) && value >= least) return
  throw new RangeError(`${name} is ${value}; it is a whole number from ${least}.`)
}
