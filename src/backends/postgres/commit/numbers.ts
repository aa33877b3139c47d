import { Missing, Needs } from './needs.ts'
import type { Undo } from './undo.ts'

/** Numbers that a transaction has drawn from a sequence, and gives to what it makes. */
export class Numbers {
  readonly #of: 'tokens' | 'revisions'
  readonly #drawn: readonly number[]
  readonly #undo: Undo
  #next = 0

  constructor(of: 'tokens' | 'revisions', drawn: readonly number[], undo: Undo) {
    this.#of = of
    this.#drawn = drawn
    this.#undo = undo
  }

  /** Those that are not given yet. */
  get left(): number[] {
    return this.#drawn.slice(this.#next)
  }

  next(): number {
    const number = this.#drawn[this.#next]
    if (number === undefined) {
      const needs = new Needs()
      needs.draw(this.#of, Math.max(16, this.#drawn.length))
      throw new Missing(needs)
    }
    this.#next++
    this.#undo.add(() => this.#next--)
    return number
  }
}
