import type { MaybePromise } from '../schema/schema.ts'
import type { Change, Fence } from './change.ts'
import type { Declaration, Deploy } from './declaration.ts'
import type { Family, FamilyPage } from './family.ts'
import type { Filter } from './filter.ts'
import type { GateState, Passage, Toll } from './gate.ts'
import type { Inbox } from './inbox.ts'
import type { Journey, JourneyPart } from './journey.ts'
import type { Recalled, Recalling } from './letter.ts'
import type { LinePage, LinesRequest } from './lines.ts'
import type { Pulse } from './pulse.ts'
import type { QueueCount } from './queue-count.ts'
import type { RecordPage, RecordRow, Scope } from './records.ts'
import type { Leased, Page, Row } from './rows.ts'
import type { Everywhere, Tallies, TallyRequest } from './tally.ts'

export type { QueueCount } from './queue-count.ts'

/**
 * Where queues live. Small, untyped and plain on purpose: types, validation, waiting and routing are written
 * once, above it. A backend keeps messages, hides the leased ones, and commits lists of changes, all or none.
 *
 * The life of a message. It is `ready`, `leased`, `delayed` (until its due time), `waiting` (for letters, and until its due
 * time if it has one) or `dead`. A lease is numbered
 * and runs until `leaseMs` have elapsed since it was given or last extended, never past its deadline. The
 * next lease call first makes expired messages ready again: one that ran to its deadline is charged
 * with an attempt (a timeout); any other lost its worker, so the message becomes a *suspect*, and if it was one
 * already when it was leased, and was leased `alone` and not accompanied since, its `crashes` go up by one. In a queue
 * with the role `review` or `standing` an expired lease is neither: a person went home. A clean answer or a clean failure ends the
 * suspicion.
 */
export interface Backend {
  /** True where no other process sees these queues. */
  readonly isPrivate?: true | undefined
  /** Where other programs put tokens with SQL; absent where there is no such place. */
  readonly inbox?: Inbox | undefined
  /**
   * Makes or finds the queues of a workflow, in one transaction, and returns the number of this deploy: the one
   * that the same `fingerprint` had before, else one more than the highest. Rejects with `ConflictError`, changing
   * nothing, if messages wait in queues that the workflow no longer has and that no spec's `was` names. Such a
   * renamed queue goes on under its new name; where several specs name it, its rows are divided by
   * their tag, and where one spec names several queues, their rows come together: a leased message that moves is given back,
   * uncharged, since its worker cannot answer it any more. When a paused queue goes, all its heirs are paused; when it keeps its
   * name, those of them that this declaration makes anew.
   * Rejects so as well for an older deploy that would make a queue again which a newer one has renamed or left out, or
   * that has all of one which a newer one has split; else an older deploy that finds its queues changes nothing, but is refused
   * too if messages wait in a queue that it does not have.
   *
   * Processes of older versions go on: a renamed queue has its old names too, until another queue gets one. A
   * push into a queue that was split, merged or left out goes to its heirs, by its tag if there are several; if none takes
   * it, that commit is rejected with `UnroutableError`.
   */
  declare(declaration: Declaration): Promise<{ readonly deploy: number }>
  /**
   * Leases up to `limit` ready messages, due and expired ones among them: by priority, then roughly oldest first, as far
   * as the gates that the queue stands behind let them pass. While one of these is shut that does nothing, and leaves expired
   * leases as they are.
   */
  lease(queue: string, request: LeaseRequest): Promise<readonly Leased[]>
  /**
   * Renews the leases of `owner` that `fences` prove, none past its deadline, and says what it found. A lease belongs to
   * an attempt: what the owner does not name is not renewed.
   */
  extend(owner: string, fences: readonly Fence[]): Promise<Renewal>
  /**
   * Renews one lease of `leaseMs` milliseconds that `owner` holds from where a busy event loop cannot stop it, until the function that is
   * returned is called; calls `lost`, at most once, if its fence does not hold any more. Never throws.
   */
  keep?(fence: Fence, leaseMs: number, lost: () => void, owner: string): () => void
  /** Every version of `workflow` that has been declared, in no particular order. */
  deploys(workflow: string): Promise<readonly Deploy[]>
  /** The message of the token `id` in `queue`, in any status; undefined if it is not there. */
  get(queue: string, id: string): Promise<Row | undefined>
  /**
   * A page of the messages of `queue`, or of all queues of a workflow, in any status, and where the next page begins. A
   * backend may look at 100,000 rows at most for one page, which then is short.
   */
  list(
    queue: string | Everywhere,
    page?: Page,
  ): Promise<{ readonly rows: readonly Row[]; readonly next?: string | undefined }>
  /** Counts of every queue, or of the one named. */
  count(queue?: string): Promise<readonly QueueCount[]>
  /** How many messages of a queue, or of a workflow, match a filter, by what they differ in: exact up to 100,000 of them. */
  tally(request: TallyRequest): Promise<Tallies>
  /**
   * Applies every change, in order, or none. Rejects with the class of error that the first refused change asks for; what
   * it resolves with says which changes have changed nothing, as they were allowed to.
   */
  commit(changes: readonly Change[]): Promise<Receipt>
  /**
   * Applies `changes` as `commit` does, within the transaction that a caller has begun in the same database by a connection of its own:
   * they hold if, and only if, that is committed; if they are refused, they have changed nothing of it. `transaction` is what the
   * caller's library gives for one; `InvalidError` for any that this backend cannot use. If a backend's library is synchronous, all of it
   * is done, or thrown, when this returns, and promised changes are refused. Absent where no transaction can be shared.
   */
  commitIn?(transaction: object, changes: MaybePromise<readonly Change[]>): MaybePromise<Receipt>
  /** A page of the records of `scope` that have not ended, and the key after which the next page begins. */
  records(
    scope: Scope,
    page?: RecordPage,
  ): Promise<{ readonly records: readonly RecordRow[]; readonly next?: string | undefined }>
  /**
   * A page of the steps and letters of the stay that a token is in. Nothing of one that has left, or is in another stay than
   * the one that is asked for.
   */
  recall(workflow: string, id: string, what?: Recalling): Promise<Recalled>
  /** The children of a token, and a page of those that are dead; undefined for an id that never entered. */
  family(workflow: string, id: string, page?: FamilyPage): Promise<Family | undefined>
  /** Where a token is and has been; undefined for an id that never entered. */
  journey(workflow: string, id: string, part?: JourneyPart): Promise<Journey | undefined>
  /** A page of the history of all tokens, in the order in which its lines were written, and where the next page begins. */
  lines(request?: LinesRequest): Promise<LinePage>
  /**
   * How every queue is doing, with the meters since the cursor `after` of an earlier pulse, by default of the last five
   * minutes. An inbox has no totals and no meters.
   */
  pulse(after?: string): Promise<Pulse>
  /**
   * Pays at a gate for work on a leased message, in a transaction like a lease's, if that lets it pass now. The units are given
   * back when the lease ends, or, where the queue stands behind the gate until its tokens leave, then. Rejects with
   * `LeaseLostError`, and with `NotFoundError` for an unknown gate.
   */
  pass(fence: Fence, toll: Toll): Promise<Passage>
  /** All gates that have a setting or are shut, and those that something has passed. */
  gates(): Promise<readonly GateState[]>
  /** Calls back when something may have become visible, with the queue's name, or a gate's, if known. Costs next to nothing while
   * there is no listener. Called once more, without a queue, when this backend is closed: later requests are refused. */
  watch(listener: (queue?: string) => void): () => void
  /** Completes pending requests and frees all resources; later requests reject. */
  close(): Promise<void>
}

/** What a commit that was not refused has left undone. */
export interface Receipt {
  /**
   * Whether all of it was done by an earlier commit, as a record with `repeat` says: then this one has changed nothing, and
   * `skipped` is what that one has passed over.
   */
  readonly repeated: boolean
  /** Where it is `repeated`, the key of the record that says so: of several, the last in the list. */
  readonly record?: string | undefined
  /** The places in the list, from 0, of the changes that `skip` and `enter: 'ignore'` have let pass. */
  readonly skipped: readonly number[]
}

/** What to lease, for whom, and for how long. */
export interface LeaseRequest {
  readonly owner: string
  /** Milliseconds that the lease lasts without being extended. */
  readonly leaseMs: number
  /** Milliseconds after which it ends even if extended: the deadline of the work. */
  readonly timeoutMs: number
  /** How many at most; by default 1, or as many as there are `ids`. 0 only makes ready what is due or has expired. */
  readonly limit?: number | undefined
  /** Only these, if they are ready. */
  readonly ids?: readonly string[] | undefined
  /** Whether messages whose worker crashed are leased too: after the others (the default), not at all, or alone. */
  readonly suspects?: 'include' | 'exclude' | 'only' | undefined
  /**
   * Only the messages of this key: its lane takes its turn with that. Of a queue whose messages have no keys, none. Behind gates and
   * all else they are leased as without it.
   */
  readonly key?: string | undefined
  /** Only those that match: for a person who asks for the next task. A backend may look at the first 100,000 only. */
  readonly only?: Filter | undefined
  /** Whether the worker works on nothing beside it: only then a crash of a suspect counts. False by default. */
  readonly alone?: boolean | undefined
}

/** What a renewal of leases has found. */
export interface Renewal {
  /**
   * Of the fences that were given, those that hold: until its message is answered, taken, or made ready for the next
   * lease, a fence holds, also when its time has run out.
   */
  readonly held: readonly Fence[]
  /** Other leases of the owner whose time has not run out: those whose answer never reached it, or that it has given up. */
  readonly strays: readonly Fence[]
}
