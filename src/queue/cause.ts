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
