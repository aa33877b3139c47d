import type { Json } from '../schema/json.ts'
import type { Fault } from './cause.ts'
import type { Step } from './step.ts'

/**
 * A value that was sent to a token, in the token's box until it is read. Those with a `hop` belong to that stay and go with
 * it; the others go with the token.
 */
export interface Letter {
  /** Numbers the letters of a backend in the order in which they came; never given again. */
  readonly seq: number
  readonly name: string
  /** Empty if it was sent without one. */
  readonly key: string
  readonly hop?: number | undefined
  readonly value?: Json | undefined
  /** Why there is no value. */
  readonly failure?: Fault | undefined
  /** Who has sent it; of a reply the id of the token that has ended. */
  readonly from?: string | undefined
  /** When it came, in milliseconds since 1970. */
  readonly at: number
}

/** Where a token reports when it ends: a letter of this name and key to that stay of the token `id`, its parent. */
export interface Reply {
  readonly workflow: string
  readonly id: string
  readonly hop: number
  readonly name: string
  readonly key: string
  /** Whether it reports too when it is buried; else that is told only to a parent whose wait has `failFast`. */
  readonly settle?: true | undefined
}

/** What to recall of a stay. */
export interface Recalling {
  /** The stay; by default the one that the token is in. */
  readonly hop?: number | undefined
  /** Only letters of these names. */
  readonly names?: readonly string[] | undefined
  /** Only steps, or only letters; by default first all steps, then the letters. */
  readonly only?: 'steps' | 'letters' | undefined
  readonly after?: string | undefined
  /** 1 to 1,000, by default 1,000. A page ends also after 5 MB. */
  readonly limit?: number | undefined
}

/** A page of what is remembered of a stay, and of what is in the token's box, each in the order in which it came. */
export interface Recalled {
  readonly steps: readonly Step[]
  readonly letters: readonly Letter[]
  /** Where the next page begins. */
  readonly next?: string | undefined
}
