/** Who waits for work to be done in a transaction. */
export interface Caller {
  readonly work: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
  /** When the database was first found busy while this waited, by `performance.now`. */
  busySince: number | undefined
  value: unknown
  error: unknown
}

/** Answers all `callers`: each with its own value or error, or with `failure` if there is one. */
export function answer(callers: readonly Caller[], failure: unknown): void {
  for (const { resolve, reject, value, error } of callers) {
    const refused = failure ?? error
    if (refused === undefined) resolve(value as never)
    else reject(refused)
  }
}
