import type { Json } from '../schema/json.ts'
import type { Fault } from './cause.ts'
import type { Rate } from './gate.ts'
import type { takeEvents } from './leaving.ts'
import type { Reply } from './letter.ts'
import type { Marks } from './marks.ts'
import type { Scope } from './records.ts'
import type { Step } from './step.ts'
import type { Token } from './token.ts'
import type { Wait } from './wait.ts'

export type { Cause, Fault } from './cause.ts'

/**
 * What proves a right to answer: the lease numbered `lease` of the stay numbered `hop`. It holds as long as the
 * message is leased under just these numbers; a token that comes back has a new hop, a message that is leased
 * again a new lease, so a late worker's fence never holds.
 */
export interface Fence {
  readonly queue: string
  readonly id: string
  readonly hop: number
  readonly lease: number
}

/** What a push from outside does if the workflow has the id already: fail, do nothing, or take the old token out. */
export type Enter = 'refuse' | 'ignore' | 'replace'

/** What the history line of a change says beside when, which token, which hop and which queue. */
export interface Note {
  readonly attempt?: number | undefined
  readonly actor?: string | undefined
  readonly error?: Fault | undefined
  /** Milliseconds of work, as the worker measured them. */
  readonly workMs?: number | undefined
  /** The owner of the lease. */
  readonly owner?: string | undefined
  /** The number of the worker's version of the workflow. */
  readonly deploy?: number | undefined
}

/** Why a message left its queue, as its line of the history says it. */
export interface Why {
  /** Why it was discarded or cancelled, or the name of the decision that was taken. */
  readonly reason?: string | undefined
  /** What the person decided with: the fields of the decision. */
  readonly fields?: Json | undefined
}

/**
 * Puts a message into a queue. With `enter` the token comes from outside, and the backend numbers its hop: 1, or
 * one more than the last if the id has been here before. Without, it has left a queue earlier in the same commit.
 */
export interface Push {
  readonly kind: 'push'
  readonly queue: string
  readonly token: Token
  readonly value: Json
  readonly enter?: Enter | undefined
  /** Milliseconds until it may be leased, a century at most; 0 by default. */
  readonly delayMs?: number | undefined
  readonly actor?: string | undefined
  /** Why it enters; with `enter: 'replace'` also why the old one was taken out. */
  readonly reason?: string | undefined
  /** What it waits for, until `delayMs` is over, or without that for ever. */
  readonly wait?: Wait | undefined
  /** Where the token reports when it ends; only with `enter`. */
  readonly reply?: Reply | undefined
  /** The stay of its parent to which it belongs: once that is gone it is refused (`ConflictError`), so that what was cancelled cannot grow. */
  readonly parentHop?: number | undefined
  /** Why it is dead as it comes; in a `reply` queue what is reported instead of the value. */
  readonly dead?: Fault | undefined
  /**
   * With `enter`: the trace that the token belongs to as long as it lives, as https://www.w3.org/TR/trace-context/ writes it.
   * No hop changes it.
   */
  readonly traceparent?: string | undefined
  /** The messages of one key form a lane, and lanes take turns. 1 to 500 characters; those without a key are a lane too. */
  readonly key?: string | undefined
  /** The units that it asks for at the gates that its queue stands behind, by their names: whole numbers from 1, 1 by default. */
  readonly tolls?: Readonly<Record<string, number>> | undefined
  /** The gates at which the token holds nothing any more from then on. */
  readonly frees?: readonly string[] | undefined
  /**
   * With `enter: 'replace'`, for a token that has left: it goes on in its former travel, and its line says this instead of
   * `entered`. Its parent stays, and when it entered.
   */
  readonly event?: 'rerun' | 'undone' | undefined
  /** With `event`: the stay with which the token must have left (`ConflictError` else). */
  readonly lastHop?: number | undefined
  /** The marks that its stay there begins with. */
  readonly marks?: Marks | undefined
  /** The text of its stay there, by whose words it is found (`Filter.text`): 10,000 characters at most. It goes with the stay. */
  readonly text?: string | undefined
}

/** Takes a leased message out of its queue. */
export interface Pop extends Fence, Note, Why {
  readonly kind: 'pop'
  readonly event: 'moved' | 'failed' | 'decided' | 'discarded' | 'popped'
}

/**
 * Gives a lease back: the message is visible again after `delayMs`, a century at most, charged with an attempt or not. With
 * `wait` it is visible as soon as that is over, and `delayMs` is optional: without, it waits for ever.
 */
export interface Postpone extends Fence, Note {
  readonly kind: 'postpone'
  readonly delayMs?: number | undefined
  readonly wait?: Wait | undefined
  readonly charge: boolean
  /** Makes it a suspect, as if its worker had been lost: work on several messages has failed, and this one may be why. */
  readonly suspect?: true | undefined
}

/** Makes a leased message dead: kept, never leased until revived. It has had at least `attempt` attempts. */
export interface Bury extends Fence, Note {
  readonly kind: 'bury'
}

/** How far the work on a message is. */
export interface Progress {
  /** From 0 to 1. */
  readonly fraction: number
  readonly note?: string | undefined
}

/**
 * Remembers something about a leased message, whose lease goes on. Leaves no line in the history. What else is in the commit
 * stands or falls with its fence.
 */
export interface Remember extends Fence {
  readonly kind: 'remember'
  /** Replaces what is stored. */
  readonly value?: Json | undefined
  readonly progress?: Progress | undefined
  /** Outcomes to record, at paths where none is recorded (`ConflictError` else). They let its attempts be forgotten. */
  readonly steps?: readonly Step[] | undefined
  /** The numbers (`seq`) of letters in its box that are read by this, and so in it no more. `ConflictError` if one is not there. */
  readonly reads?: readonly number[] | undefined
  /** Forgets its attempts and crashes. */
  readonly forgive?: true | undefined
}

/**
 * Says that from now on the worker works on other messages beside this one, which it has leased `alone`: if its lease
 * runs out, no crash is counted. Leaves no line in the history.
 */
export interface Accompany extends Fence {
  readonly kind: 'accompany'
}

/**
 * Takes a message out of its queue without a lease: a cancellation, the decision of a person who has not claimed it, what else
 * is done to it by hand, or the end of its time there. With `hop` only that stay; with `unheld` only while it is not leased
 * (`ConflictError` else).
 *
 * With `descend` its children are taken too, and theirs: all that owe it a reply, up to 1,000, the deepest first. The same
 * change again takes the next ones, also once the token itself has left, until none is left (`NotFoundError`): so what
 * repeats it until then may be killed at any time, and begin again.
 *
 * With `skip` nothing of this is refused: what cannot be taken is passed over, and so is the push that was to follow it; but the queues must be there.
 */
export interface Take extends Note, Why {
  readonly kind: 'take'
  readonly queue: string
  readonly id: string
  readonly hop?: number | undefined
  readonly unheld?: boolean | undefined
  readonly skip?: true | undefined
  readonly event: (typeof takeEvents)[number]
  /** Only with the event `cancelled`. */
  readonly descend?: true | undefined
}

/**
 * Makes a message that is dead, delayed or waiting ready now, its attempts and crashes forgotten, and with `forget` also the steps
 * of its stay. With `skip` one that is not there, ready or leased is passed over.
 */
export interface Revive extends Note, Why {
  readonly kind: 'revive'
  readonly queue: string
  readonly id: string
  readonly forget?: 'steps' | undefined
  readonly skip?: true | undefined
}

/**
 * Keeps a record: a value beside the tokens, of 64 KB at most. With `repeat` the record says that this commit has happened: where
 * it is there already, nothing of the whole commit is done again, and the receipt is that of the first, but `repeated`. Such a
 * record has no value of its own.
 */
export interface Put extends Scope {
  readonly kind: 'put'
  /** 1 to 500 characters. */
  readonly key: string
  readonly value?: Json | undefined
  /** The revision that the record must have (`ConflictError` else); 0: there must be none. */
  readonly ifRev?: number | undefined
  /** Milliseconds that it is kept, a century at most; for good unless told. */
  readonly forMs?: number | undefined
  readonly repeat?: true | undefined
}

/** Drops a record, if it is there; with `ifRev` only if it has that revision (`ConflictError` else). */
export interface Drop extends Scope {
  readonly kind: 'drop'
  readonly key: string
  readonly ifRev?: number | undefined
}

/**
 * Puts a letter into the box of a token, whatever that is doing. Rejects with `NotFoundError` if it has never entered, and with
 * `ConflictError` if it has left, or is in another stay than `hop`. Of the letters with the same `key` there is one: others change
 * nothing, also when it has been read, until the stay, or without a `hop` the token, ends.
 */
export interface Mail {
  readonly kind: 'mail'
  readonly workflow: string
  readonly id: string
  /** 1 to 200 characters. */
  readonly name: string
  /** 1 to 500 characters; without one every letter counts. */
  readonly key?: string | undefined
  /** The stay to which it belongs, and with which it is gone. */
  readonly hop?: number | undefined
  readonly value?: Json | undefined
  readonly failure?: Fault | undefined
  /** Who sends it. */
  readonly from?: string | undefined
}

/**
 * Turns a gate: that of a queue, by its name or a former one (then those of all that have taken it over), or a declared one; with
 * `key` only the one of that key. `closed` shuts it, for `forMs` milliseconds or until it is opened; what is leased goes on, and
 * what is ready waits. To open it is to forget its failures as well. `limit` and `rate` stand in place of what is declared from the
 * next lease on, whatever is declared later, until they are null: then the declaration holds again. A limit lower than what is held
 * lets nothing pass until enough has come back. What that changes is a line of the history (`noted`). `hold` lets the token of a leased message hold so many units
 * there until it leaves, whatever the limit is.
 */
export interface TurnGate {
  readonly kind: 'gate'
  readonly name: string
  readonly key?: string | undefined
  readonly actor?: string | undefined
  readonly reason?: string | undefined
  readonly closed?: boolean | undefined
  readonly forMs?: number | undefined
  readonly limit?: number | null | undefined
  readonly rate?: Rate | null | undefined
  readonly hold?: (Fence & { readonly units: number }) | undefined
}

/**
 * Leaves a line in the history that says what a person did or said, and changes nothing else: about the token `id` of the workflow
 * that has `queue`, about that queue, or about neither.
 */
export interface Line {
  readonly kind: 'line'
  readonly event: 'commented' | 'noted'
  /** For a token any queue of its workflow: its line names the one that it is in, or this one once it has left. */
  readonly queue?: string | undefined
  readonly id?: string | undefined
  readonly actor: string
  readonly reason: string
  /** In whose course it happened, such as a bulk action; in the line as `fields.by`. */
  readonly by?: string | undefined
}

/**
 * Sets marks of a message, and drops those that are null (it needs no lease). With `hop` only of that stay; with `rev` only if
 * the row still has that revision (`ConflictError` else). Raises the revision, and leaves a line (`noted`). With `skip` what is
 * not there, or has another revision, is passed over.
 */
export interface Mark {
  readonly kind: 'mark'
  readonly queue: string
  readonly id: string
  readonly hop?: number | undefined
  readonly rev?: number | undefined
  readonly set: Marks
  /** The text by whose words it is found from now on; null for none. */
  readonly text?: string | null | undefined
  /** Who sets them, for the history. */
  readonly actor: string
  readonly reason?: string | undefined
  readonly skip?: true | undefined
}

/** One step of a commit. Plain data, so that deciding is pure and only committing is I/O. */
export type Change =
  | Push
  | Pop
  | Postpone
  | Bury
  | Remember
  | Accompany
  | Take
  | Revive
  | Put
  | Drop
  | Mail
  | Line
  | Mark
  | TurnGate
