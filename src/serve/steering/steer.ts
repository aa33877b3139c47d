import type { MaybePromise } from '../../schema/schema.ts'
import type { RunningFacts } from './shapes.ts'

/** What can be asked of a group of processes. */
export type Verb = 'start' | 'stop' | 'restart'

/** An `up`, as it is steered from outside. */
export interface Steerable {
  /** What runs now. */
  readonly look: () => MaybePromise<RunningFacts>
  /** Does it with the groups, by default with all, and resolves with sentences on what has not worked. Rejects with a `NotFoundError` for a group that is not there. */
  readonly steer: (verb: Verb, groups?: readonly string[]) => Promise<readonly string[]>
  /** Rejects with a `NotFoundError` for a group that is not there. */
  readonly scale: (group: string, processes: number) => Promise<readonly string[]>
  /** Reads the file again. Rejects with an `InvalidError` if it is refused, and nothing has changed then. */
  readonly reload: () => Promise<readonly string[]>
  /** Begins to end everything. */
  readonly down: () => MaybePromise<void>
  /** Lines of the log in JSON: the last ones, then with `signal` what comes until it aborts. */
  readonly lines: (which: {
    readonly group: string | undefined
    readonly last: number
    readonly signal: AbortSignal | undefined
  }) => AsyncIterable<string>
}
