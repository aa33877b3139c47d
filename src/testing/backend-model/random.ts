/** Random choices that a seed repeats: `fraction()`, `below(limit)` and `pick(choices)`. By mulberry32. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** A number from 0 up to, but not, 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit)
  }

  /** One of `choices`, which must not be empty. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!
  }
}

/** Random choices for one `purpose`: their number does not change those for other purposes. */
export function randomFor(seed: number, purpose: string): Random {
  let mixed = seed | 0
  for (const char of purpose) mixed = Math.imul(mixed ^ char.codePointAt(0)!, 0x01000193)
  return new Random(mixed)
}
