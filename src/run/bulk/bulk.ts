import type { Filter } from '../../queue/filter.ts'
import type { Json } from '../../schema/json.ts'
import type { ByHand, Settings } from '../travel/travel.ts'

/*
 * Bulk actions. A run is a token that stands in a queue of its own, `NAME.bulk/runs`, of a workflow beside the one that it is
 * about; both are declared when the first run begins, so who never uses it sees nothing of it. The process that has leased the run
 * takes a page of the messages that match, plans what becomes of each (purely, as `edit` and `move` do), and commits all of it at
 * once:
 *
 *   [remember { cursor, counts, what was in this batch }, a record that says that it has happened, the ids, take, push, take, ...]
 *
 * `remember` has the fence of the lease, so a process that has lost the run changes nothing more; and as the cursor is in the
 * commit of what it has passed, each message is dealt with once, whichever process dies when. What has moved on or was leased since
 * it was read is passed over (`skip`). How many those were is in the receipt. If no process lived to add that to the counts,
 * the next one asks the record of the batch for it before it goes on.
 *
 * What is meant are the messages that had arrived when the run entered (by the backend's clock, which it rests for a
 * millisecond, so that nothing it does can be of that time). To stop is to move the run to `NAME.bulk/stopped`, from which it comes back
 * to go on; when nothing is left it goes to `NAME.bulk/done`. The ids are kept for 30 days under the run's id. Undo is another
 * run, over them: it puts back what no worker has begun since, and passes over the rest.
 *
 * A lease is held between batches, also where a rate asks for rests: giving it back would leave a line each time. A run whose process
 * is gone is taken over when its lease has ended, by any process that works on the workflow or serves it.
 */

/** What is done to each message. */
export type BulkAction =
  /** What is dead, or waits for another attempt or a time, is ready now; what waits for letters only where `status:waiting` asks for it. */
  | { readonly action: 'retry' }
  /** It leaves its workflow for good, with all that owe it a reply. */
  | { readonly action: 'cancel' }
  /** It goes to another stage, `books/decrypt` or `decrypt`, as it is. */
  | { readonly action: 'move'; readonly to: string }
  /** Parts of its value become others, where it is. */
  | { readonly action: 'edit'; readonly set: Settings }

/** Which messages. */
export interface BulkScope {
  /** In the language of filters, or as a filter; all where it is empty. */
  readonly where: string | Filter
  /** One queue; by default all stages and desks of the workflow. */
  readonly queue?: string | undefined
  /** Also those that are leased or claimed: what their workers answer is refused then. By default they are left out, and counted. */
  readonly force?: boolean | undefined
}

/** A bulk action that is to be done. */
export type BulkRequest = BulkAction &
  BulkScope &
  Omit<ByHand, 'dryRun'> & {
    /** How many messages a second at most, 1 to 1,000; as many as possible unless told. */
    readonly rate?: number | undefined
  }

/** A message to which it could not be done, and why. */
export interface Refusal {
  readonly id: string
  readonly queue: string
  readonly why: string
}

/** How many messages became what. */
export interface BulkCounts {
  readonly done: number
  /** What did not fit, or had no way to go. */
  readonly refused: number
  /** Left out, since another held it. */
  readonly held: number
  /** Had moved on, or was leased, between the look and the commit; of an undo also what a worker has begun. */
  readonly passedOver: number
}

/** What a bulk action would do: a dry run. */
export interface BulkPlan extends Omit<BulkCounts, 'passedOver'> {
  /** How many messages match. */
  readonly total: number
  /** False where there are more than 10,000: then these were planned, and the counts are reckoned from them. */
  readonly exact: boolean
  /** In which queues they would be, the most first; those that leave are in none. */
  readonly leads: readonly { readonly queue: string; readonly count: number }[]
  /** The first five that would be refused. */
  readonly refusals: readonly Refusal[]
  /** The first five that it would be done to, and as what they would go on where that is another value. */
  readonly samples: readonly {
    readonly id: string
    readonly queue: string
    readonly to?: string | undefined
    readonly value?: Json | undefined
  }[]
}

/** A bulk action and how far it is. */
export interface BulkRun extends BulkCounts {
  readonly id: string
  /** `waiting` until a process works on it. */
  readonly state: 'waiting' | 'running' | 'stopped' | 'done'
  readonly action: BulkAction['action'] | 'undo'
  readonly to?: string | undefined
  readonly set?: Settings | undefined
  /** The run that it takes back. */
  readonly of?: string | undefined
  readonly where: string
  readonly by: string
  readonly reason: string
  readonly rate?: number | undefined
  readonly startedAt: number
  /** How many messages matched when it began; undefined until a process has looked. Up to 100,000 it is `exact`. */
  readonly total?: number | undefined
  readonly exact?: boolean | undefined
  /** The first five that were refused. */
  readonly refusals: readonly Refusal[]
  /** Why its last attempt failed; it is tried again. */
  readonly error?: string | undefined
}

/** Bulk actions on a workflow. Each rejects with `InvalidError` for what cannot be asked for, and then nothing has changed. */
export interface Bulk {
  /** Works out what a request would do, and writes nothing. */
  readonly plan: (request: BulkRequest) => Promise<BulkPlan>
  /** Begins a run. It is worked on by any process that works on the workflow or serves it, or by `work`. */
  readonly start: (request: BulkRequest) => Promise<BulkRun>
  /** The runs that there are, the newest first, 100 of each state at most. */
  readonly list: () => Promise<readonly BulkRun[]>
  /** Rejects with `NotFoundError` if there is no such run. */
  readonly find: (id: string) => Promise<BulkRun>
  /** Stops a run; what has been done stays. Rejects with `ConflictError` if it has ended, or was stopped. */
  readonly stop: (id: string, by: Who) => Promise<BulkRun>
  /** Lets a run that was stopped go on. */
  readonly resume: (id: string, by: Who) => Promise<BulkRun>
  /**
   * Begins a run that takes back what another has done, where no worker has begun it since. Rejects with `ConflictError` while
   * that one goes on, and with `InvalidError` for an undo.
   */
  readonly undo: (id: string, by: Who & Pick<BulkRequest, 'rate'>) => Promise<BulkRun>
  /** Works on runs until `signal` aborts. */
  readonly work: (signal: AbortSignal) => Promise<void>
}

/** Who does something to a run, and why. */
export type Who = Pick<ByHand, 'by' | 'reason'>
