import type { Filter } from './filter.ts'

/** The queues that a list or a tally is about: one, or all of a workflow. */
export type Everywhere = { readonly workflow: string }

/** What is counted, and by what. */
export interface TallyRequest {
  /** One queue; else all of `workflow`. */
  readonly queue?: string | undefined
  readonly workflow?: string | undefined
  readonly only?: Filter | undefined
  /**
   * By what the messages differ. A message without that mark is in none of the tallies; by `mark` it is in one for each mark that
   * it has. Without `by` there is one tally.
   */
  readonly by?: 'queue' | 'status' | 'tag' | 'mark' | `mark:${string}` | undefined
  /** How many tallies at most, the largest first: 1 to 1,000, by default 100. */
  readonly limit?: number | undefined
}

/** How many messages have a value. */
export interface Tally {
  /** Null for a state without a tag, and where nothing is told apart. */
  readonly value: string | number | null
  readonly count: number
}

/** The answer to a `TallyRequest`. */
export interface Tallies {
  readonly tallies: readonly Tally[]
  /** False if there were so many messages that not all were looked at. */
  readonly exact: boolean
}
