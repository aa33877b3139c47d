import type { GrinClock } from '../grin-clock.ts'
import { digestOf } from '../random.ts'

/** What a token is worth. */
export type Login = 'valid' | 'expired' | 'unknown'

/** Bearer tokens, and the refresh token that they are got by. */
export class Logins {
  readonly #seed: string
  readonly #clock: GrinClock
  readonly #tokenMs: number
  readonly #endsAt = new Map<string, number>()

  /** Tokens are good for `tokenMs` milliseconds of that clock. */
  constructor(seed: string, clock: GrinClock, tokenMs: number) {
    this.#seed = seed
    this.#clock = clock
    this.#tokenMs = tokenMs
  }

  /** The one refresh token there is; it does not end. */
  get refreshToken(): string {
    return `1//${digestOf(this.#seed, 'refresh').toString('base64url')}`
  }

  /** A new access token, and the seconds for which it is good. */
  issue(): { token: string; seconds: number } {
    const token = `ya29.${digestOf(this.#seed, 'access', this.#endsAt.size).toString('base64url')}`
    this.#endsAt.set(token, this.#clock.now() + this.#tokenMs)
    return { token, seconds: Math.floor(this.#tokenMs / 1000) }
  }

  /** What the value of an `Authorization` header is worth. A request without one is that of a browser that is not logged in. */
  check(authorization: string | undefined): Login {
    if (authorization === undefined) return 'expired'
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? []
    const endsAt = this.#endsAt.get(token ?? '')
    if (endsAt === undefined) return 'unknown'
    return endsAt > this.#clock.now() ? 'valid' : 'expired'
  }

  /** Ends all tokens; tells how many. */
  expire(): number {
    const now = this.#clock.now()
    let ended = 0
    for (const [token, endsAt] of this.#endsAt) {
      if (endsAt > now) ended++
      this.#endsAt.set(token, Math.min(endsAt, now))
    }
    return ended
  }
}
