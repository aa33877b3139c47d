/** The pool of a user, or of ours, of the package `pg`: what is needed of it. */
export interface PoolLike {
  /** A connection of it, which is given back by its `release`. */
  connect(): Promise<PoolClientLike>
  /** Closes all its connections. */
  end?(): Promise<void>
}

/** A connection of such a pool: what says that it is one. */
interface PoolClientLike {
  query(...args: never[]): unknown
  release(error?: Error | boolean): void
}
