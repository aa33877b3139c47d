import { fenceKey } from '../../queue/fence-key.mjs'
import type { Leased } from '../../queue/rows.ts'
import { type History, stayLines } from '../settle/stay-lines.ts'

/**
 * How often the processes that worked on suspects were lost, in their stay and since they were last revived. Only the history
 * shows that: a lease that was given back, or moved by a declaration, has a number too. A result is kept for as long as each
 * look needs it.
 */
export class Losses {
  readonly #history: History
  #known = new Map<string, number>()

  constructor(history: History) {
    this.#history = history
  }

  /** The losses of each of `rows`, in their order. Rejects if the history cannot be read. */
  async of(rows: readonly Leased[]): Promise<readonly number[]> {
    const counts = await Promise.all(rows.map((row) => this.#known.get(fenceKey(row)) ?? this.#count(row)))
    this.#known = new Map(rows.map((row, i) => [fenceKey(row), counts[i]!]))
    return counts
  }

  // Each loss has cost a lease that was not charged: one such needs no look.
  async #count(row: Leased): Promise<number> {
    const atMost = row.lease - row.attempts
    if (atMost <= 1) return atMost
    const lines = await stayLines(this.#history, row)
    return lines.filter(({ event, error }) => event === 'expired' && error?.kind === 'crash').length
  }
}
