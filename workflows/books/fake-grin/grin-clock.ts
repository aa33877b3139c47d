/** The time that a fake GRIN goes by: this machine's, or one that stands still; either can be moved on. */
export class GrinClock {
  readonly #now: () => number
  #movedMs = 0

  /** `now` gives milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#now() + this.#movedMs
  }

  /** Moves on by so many milliseconds; throws a `RangeError` for less than 0. */
  advance(ms: number): void {
    if (!(ms >= 0 && Number.isFinite(ms))) throw new RangeError(`A clock cannot be moved by ${ms} ms.`)
    this.#movedMs += ms
  }
}

/** When a clock that is moved by hand begins: at the start of 2026. */
const startMs = Date.UTC(2026, 0, 1)

/** A clock of this machine, one moved by hand, or one that follows another, as that of a test. */
export function makeGrinClock(kind: 'real' | 'manual' | { now(): number }): GrinClock {
  if (kind === 'real') return new GrinClock(() => Date.now())
  if (kind === 'manual') return new GrinClock(() => startMs)
  return new GrinClock(() => kind.now())
}
