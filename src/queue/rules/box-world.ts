import type { Fault } from '../change.ts'
import type { Reply } from '../letter.ts'
import type { Step } from '../step.ts'
import type { Count } from './rest.ts'

/** Where a token is to which letters may go. */
export interface Addressee {
  /** Its number. */
  readonly token: number
  /** The number of its last stay. */
  readonly hop: number
  /** Whether it is in a queue. */
  readonly isThere: boolean
}

/** A letter as it is sent; the backend numbers it. */
export interface Sent {
  readonly name: string
  readonly key: string | undefined
  /** The stay to which it belongs; undefined for a letter that hops with the token. */
  readonly hop: number | undefined
  /** JSON text; undefined for none. */
  readonly value: string | undefined
  readonly failure: Fault | undefined
  readonly from: string | undefined
}

/** One stay of a token. */
export interface StayPlace {
  /** The number of the token. */
  readonly token: number
  readonly hop: number
}

/** A child that has not reported yet. */
export interface Debtor {
  readonly token: number
  readonly id: string
}

/** The boxes of a world, and what belongs to their stays: letters, steps, and whom a token has to report to. */
export interface BoxWorld {
  /** Where a token is; undefined if it has never entered. */
  find(workflow: string, id: string): Addressee | undefined
  /** Puts a letter into the box of a token, unless its key is known there, and heeds it (`mail.ts`) now or soon. */
  put(token: number, letter: Sent): void
  /** What is in the box of a token for its stay, by name. */
  count(place: StayPlace, names: readonly string[]): (name: string) => Count
  /** Takes letters out of the box; their keys stay known. False, and nothing has changed, if one of them is not there. */
  read(place: StayPlace, seqs: readonly number[]): boolean
  /** Records a step; false if one is recorded at its path. */
  record(place: StayPlace, step: Step): boolean
  /** Drops all steps of a stay. */
  forget(place: StayPlace): void
  /** Empties the box, steps and all, of a token that enters once more. */
  clear(token: number): void
  /** Replaces the value of a message. It is JSON text. */
  rewrite(token: number, value: string): void
  /** Where a token has to report; undefined if it has, or has not to. A backend drops this when the token has left. */
  reply(token: number): Reply | undefined
  /** Records that a token has reported, and stays where it is. */
  reported(token: number): void
  /** The first children of a token in queues that owe it a reply, in the order of their numbers, after the number `after`. */
  debtors(
    workflow: string,
    parent: string,
    page: { readonly after: number; readonly limit: number },
  ): readonly Debtor[]
  /** The first of these that is dead, and owes it to the stay `hop` under one of `names`. */
  deadDebtor(
    workflow: string,
    parent: string,
    of: { readonly hop: number; readonly names: readonly string[] },
  ): Debtor | undefined
}
