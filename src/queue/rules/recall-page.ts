import { type RecallCursor, recallCursor } from '../check-letter.ts'

/** So much of values is in a page at most, in bytes, but for its first item. */
export const recalledBytes = 5_000_000

/** Counts the steps and letters that a page takes. */
export class RecallPage {
  readonly #limit: number
  #count = 0
  #bytes = 0
  #last: RecallCursor | undefined
  /** Whether something was left for the next page. */
  isFull = false

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whether the page takes what is `at` a place too; `value` is its JSON text. */
  takes(at: RecallCursor, value: string | null | undefined): boolean {
    this.isFull = this.#count >= this.#limit || (this.#count > 0 && this.#bytes >= recalledBytes)
    if (this.isFull) return false
    this.#count++
    this.#bytes += Buffer.byteLength(value ?? '')
    this.#last = at
    return true
  }

  /** Where the next page begins; undefined if this is the last one. */
  get next(): string | undefined {
    return this.isFull && this.#last ? recallCursor(this.#last) : undefined
  }
}
