/** Work that is to be done in a transaction, and the promise that waits for it. */
export interface Request {
  readonly work: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
  /** When the database was first found busy while this waited, by `performance.now`. */
  busySince: number | undefined
  value: unknown
  error: unknown
}

/** Replies to all `requests`: each with its own value or error, or with `failure` if there is one. */
export function reply(requests: readonly Request[], failure: unknown): void {
  for (const { resolve, reject, value, error } of requests) {
    const refused = failure ?? error
    if (refused === undefined) resolve(value as never)
    else reject(refused)
  }
}
