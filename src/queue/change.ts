import type { Json } from '../schema/json.ts'
import type { Marks } from './marks.ts'
import type { Scope } from './records.ts'
import type { Token } from './token.ts'

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

/** Why something went wrong, as plain data of at most 8 KB: what the history and the row keep. Never holds a secret. */
export interface Fault extends Cause {
  readonly kind: 'error' | 'timeout' | 'crash'
  /** What is behind it, nearest first: its `cause`, its `errors`, and theirs. */
  readonly causes?: readonly Cause[] | undefined
}

/** What one error says. */
export interface Cause {
  /** Its class: `TypeError`. */
  readonly name: string
  readonly message: string
  readonly code?: string | undefined
  /** Where it was made, a place in each line, less this package's own. For programmers: it names files. */
  readonly stack?: string | undefined
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
  /** The marks that its stay there begins with. */
  readonly marks?: Marks | undefined
}

/** Takes a leased message out of its queue. */
export interface Pop extends Fence, Note, Why {
  readonly kind: 'pop'
  readonly event: 'moved' | 'failed' | 'decided' | 'discarded' | 'popped'
}

/** Gives a lease back: the message is visible again after `delayMs`, a century at most, charged with an attempt or not. */
export interface Postpone extends Fence, Note {
  readonly kind: 'postpone'
  readonly delayMs: number
  readonly charge: boolean
  /** Makes it a suspect, as if its worker had been lost: work on several messages has failed, and this one may be why. */
  readonly suspect?: true | undefined
}

/** Makes a leased message dead: kept, never leased until revived. It has had at least `attempt` attempts. */
export interface Bury extends Fence, Note {
  readonly kind: 'bury'
}

/** Remembers how far the work on a leased message is. Leaves no line in the history. */
export interface Progress extends Fence {
  readonly kind: 'progress'
  /** From 0 to 1. */
  readonly fraction: number
  readonly note?: string | undefined
}

/**
 * Says that from now on the worker works on other messages beside this one, which it has leased `alone`: if its lease
 * runs out, no crash is counted. Leaves no line in the history.
 */
export interface Accompany extends Fence {
  readonly kind: 'accompany'
}

/**
 * Takes a message out of its queue without a lease: a cancellation, or the decision of a person who has not
 * claimed it. With `hop` only that stay; with `unheld` only while it is not leased (`ConflictError` else).
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
  readonly event: 'cancelled' | 'decided'
}

/** Makes a dead message ready again, its attempts and crashes forgotten. With `skip` one that is not there, or not dead, is passed over. */
export interface Revive extends Note {
  readonly kind: 'revive'
  readonly queue: string
  readonly id: string
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
  /** Who sets them, for the history. */
  readonly actor: string
  readonly reason?: string | undefined
  readonly skip?: true | undefined
}

/** One step of a commit. Plain data, so that deciding is pure and only committing is I/O. */
export type Change = Push | Pop | Postpone | Bury | Progress | Accompany | Take | Revive | Put | Drop | Mark
