import { keysOf } from '../schema/refuse-unread.ts'
import type { Status } from './status.ts'

/** Numbers from `from` on, and below `to`. */
export interface Range {
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** Which values a mark must have; null means that there is no such mark. A range is of numbers, so a text is in none. */
export interface MarkFilter extends Range {
  /** One of these. */
  readonly any?: readonly (string | number | null)[] | undefined
  /** None of these. */
  readonly none?: readonly (string | number | null)[] | undefined
}

/** What the value must have at `path`: keys with dots between, and places in lists: `pages[0].name`. */
export interface ValueFilter {
  readonly path: string
  /** Null also where nothing is. */
  readonly is: string | number | boolean | null
}

/** Which messages: one must match every field. Times are wall time, in milliseconds since 1970. */
export interface Filter {
  readonly status?: Status | undefined
  /** The state that it is in. */
  readonly tag?: string | undefined
  /** Ready to be leased as a suspect: a paused queue has none. */
  readonly suspect?: true | undefined
  /** One of these tokens, 1,000 at most. */
  readonly ids?: readonly string[] | undefined
  /** How the id begins. */
  readonly idPrefix?: string | undefined
  /** What is somewhere in the id. */
  readonly idPart?: string | undefined
  /** Who has leased it; null: nobody has. */
  readonly owner?: string | null | undefined
  /** The token that it was made beside. */
  readonly parent?: string | undefined
  /** Which version of the workflow wrote it. */
  readonly deploy?: Range | undefined
  /** When its token came into the workflow. */
  readonly entered?: Range | undefined
  /** When it came to its queue. */
  readonly arrived?: Range | undefined
  readonly attempts?: Range | undefined
  readonly marks?: Readonly<Record<string, MarkFilter>> | undefined
  /**
   * What has to be in its text: all of these words, in any order, or as they stand where they are in quotes; with a star behind it is
   * enough that a word begins so. Case and accents are of no account. 50 words and phrases at most.
   */
  readonly text?: string | undefined
  /** What its value must have: no index knows, so all values are read that match the rest. */
  readonly where?: readonly ValueFilter[] | undefined
}

/** The keys of a filter. */
export const filterKeys = keysOf<Filter>({
  status: true,
  tag: true,
  suspect: true,
  ids: true,
  idPrefix: true,
  idPart: true,
  owner: true,
  parent: true,
  deploy: true,
  entered: true,
  arrived: true,
  attempts: true,
  marks: true,
  text: true,
  where: true,
})
