import type { Json } from '../schema/json.ts'

/**
 * Whose a record is: a workflow's (any name will do, declared or not), a token's, or one stay's of a token, with whose end it is
 * gone.
 */
export interface Scope {
  readonly workflow: string
  /** The token. */
  readonly id?: string | undefined
  /** The number of the stay. */
  readonly hop?: number | undefined
}

/** A named value that is kept beside the tokens. */
export interface RecordRow {
  readonly key: string
  /** Undefined for a record that says only that it is there. */
  readonly value?: Json | undefined
  /** Grows with each change, and never comes back: a record that was dropped and made again has another. */
  readonly rev: number
  /** When it ends, in milliseconds since 1970; undefined if it does not. */
  readonly endsAt?: number | undefined
}

/** Which records of a scope: those whose keys begin with `prefix`, in the order of the bytes of their keys. */
export interface RecordPage {
  readonly prefix?: string | undefined
  /** Only those after this key. */
  readonly after?: string | undefined
  /** 1 to 1,000, by default 100. */
  readonly limit?: number | undefined
}
