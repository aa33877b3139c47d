const secondMs = 1000
/** Seconds of which the number of requests is kept. */
const keptSeconds = 3600

/** What a meter has counted. */
export interface Metered {
  readonly requests: number
  /** The most in any second, wherever it begins. */
  readonly mostInASecond: number
  /** How many there were in each second of the last hour in which there were any; the time is that of its beginning, in ISO form. */
  readonly bySecond: readonly { readonly second: string; readonly requests: number }[]
}

/** Counts requests by time. */
export class Meter {
  #requests = 0
  #mostInASecond = 0
  /** Times of the requests of the last second, oldest first. */
  #recent: number[] = []
  readonly #bySecond = new Map<number, number>()

  /** Counts a request at `at`, in milliseconds since 1970. */
  count(at: number): void {
    this.#requests++
    this.#recent.push(at)
    const begun = this.#recent.findIndex((time) => time > at - secondMs)
    if (begun > 0) this.#recent.splice(0, begun)
    this.#mostInASecond = Math.max(this.#mostInASecond, this.#recent.length)
    const second = Math.floor(at / secondMs)
    this.#bySecond.set(second, (this.#bySecond.get(second) ?? 0) + 1)
    if (this.#bySecond.size > keptSeconds) this.#bySecond.delete(this.#bySecond.keys().next().value!)
  }

  read(): Metered {
    return {
      requests: this.#requests,
      mostInASecond: this.#mostInASecond,
      bySecond: [...this.#bySecond].map(([second, requests]) => ({
        second: new Date(second * secondMs).toISOString(),
        requests,
      })),
    }
  }
}
