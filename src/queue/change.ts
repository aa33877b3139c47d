import type { Json } from '../schema/json.ts'
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
 */
export interface Take extends Note, Why {
  readonly kind: 'take'
  readonly queue: string
  readonly id: string
  readonly hop?: number | undefined
  readonly unheld?: boolean | undefined
  readonly event: 'cancelled' | 'decided'
}

/** Makes a dead message ready again, its attempts and crashes forgotten. */
export interface Revive extends Note {
  readonly kind: 'revive'
  readonly queue: string
  readonly id: string
}

/** One step of a commit. Plain data, so that deciding is pure and only committing is I/O. */
export type Change = Push | Pop | Postpone | Bury | Progress | Accompany | Take | Revive
