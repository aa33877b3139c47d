import type { Fault } from './cause.ts'
import type { Status } from './rows.ts'

/** The children of a token: all that have entered with it as their parent. */
export interface Family {
  /** How many there are, by where they are: in a queue, with their status there, or gone. */
  readonly children: Readonly<Record<Status | 'left', number>>
  /** Those that are dead, in the order in which they entered. */
  readonly dead: readonly DeadChild[]
  /** Where the next page of these begins. */
  readonly next?: string | undefined
}

/** A child that is dead. */
export interface DeadChild {
  readonly id: string
  readonly queue: string
  readonly error?: Fault | undefined
  /** Whether its parent has not been told yet. */
  readonly owes: boolean
}

/** Part of the dead children of a token. */
export interface FamilyPage {
  readonly after?: string | undefined
  /** 1 to 1,000, by default 100. */
  readonly limit?: number | undefined
}
