import type { Json } from '../../schema/json.ts'

/** Who does something by hand, and why: the history keeps both. */
export interface ByHand {
  readonly by: string
  /** 1 to 1,000 characters. */
  readonly reason: string
  /** Works it out and checks it, and changes nothing. */
  readonly dryRun?: boolean | undefined
}

/** How a token is repaired that is in a queue. */
export interface Repairing extends ByHand {
  /** The stay that is meant; without it the one that the token is in now. */
  readonly hop?: number | undefined
  /** Also while it is leased: then its worker stops, and what it answers is refused. */
  readonly force?: boolean | undefined
}

/** A new value, or how it is made of the present one. */
export type Edit = Json | ((value: any) => Json | PromiseLike<Json>)

/** Where a token is moved. */
export interface Moving extends Repairing {
  /** A queue of the workflow, `books/decrypt`, or what its name ends with, `decrypt`. */
  readonly to: string
  /** The value with which it goes there; without it the one that it has. */
  readonly value?: Edit | undefined
}

/** Parts of a value that are changed: by their paths, `note`, `pages.3.ok`, or as a JSON Pointer, `/pages/3/ok`. */
export type Settings = Readonly<Record<string, Json>>

/** From where a token begins again. */
export interface Rerunning extends ByHand {
  /** The number of the stay whose value it gets, in the queue of that stay. */
  readonly from: number
  readonly set?: Settings | undefined
  /** Also while it is leased. */
  readonly force?: boolean | undefined
}

/** From where another token begins. */
export interface Forking extends ByHand {
  /** The number of the stay whose value it gets; without it the present one, or the last. */
  readonly from?: number | undefined
  readonly set?: Settings | undefined
}

/** Where a token is afterwards, and as what; or, of a dry run, would be. */
export interface Travelled {
  readonly id: string
  readonly queue: string
  readonly hop: number
  readonly value: Json
  /** The stay that the value is of. */
  readonly from: { readonly queue: string; readonly hop: number }
}

/**
 * What is done to tokens by hand. Every value is checked by the schema of the queue that it goes to, and goes there in one commit
 * with what is taken out. Each rejects with `NotFoundError` for an unknown token, with `ConflictError` if it has moved on meanwhile,
 * is held, or if the value that is meant was not kept, and with `InvalidError` for a value that does not fit; then nothing has
 * changed. A message begins anew then: its attempts are forgotten.
 */
export interface Travel {
  /** Gives a token another value, where it is; the one that it had stays readable. A delay that is no retry goes on. */
  readonly edit: (id: string, edit: Edit, options: Repairing) => Promise<Travelled>
  /** Moves a token to another stage, which takes the state that it is in, or is given. */
  readonly move: (id: string, options: Moving) => Promise<Travelled>
  /** Lets a token begin again from an earlier stay, or the present one, as it was then; also one that has finished or was cancelled. */
  readonly rerun: (id: string, options: Rerunning) => Promise<Travelled>
  /** Lets a new token begin from a stay of this one, which goes on as it is. */
  readonly fork: (id: string, newId: string, options: Forking) => Promise<Travelled>
  /** Brings back a token that was cancelled or discarded, to where it was. */
  readonly uncancel: (id: string, options: ByHand) => Promise<Travelled>
}
