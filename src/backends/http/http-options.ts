import type { Clock } from '../../queue/clock.ts'

/** How a backend over HTTP is reached. */
export interface HttpOptions {
  /** The bearer token that its server asks for. */
  readonly token?: string | undefined
  /** Another `fetch` than the global one. */
  readonly fetch?: typeof fetch | undefined
  /** The clock for the pauses between attempts to reach a lost server. */
  readonly clock?: Clock | undefined
}
